r"""
A build argument holds a credential.

The value of an `ARG` is not a secret of the build: `docker history` shows it beside every `RUN` that comes after it, the cache keeps it, and so does the provenance that is pushed with the image.
Whoever can pull the image can read it.

Bad:

```dockerfile
FROM python:3.12-slim
ARG HF_TOKEN
RUN HF_TOKEN=$HF_TOKEN python download_model.py
```

```dockerfile
FROM python:3.12-slim
ARG GH_PAT
RUN git clone https://$GH_PAT@github.com/acme/models.git
```

Good:

```dockerfile
# syntax=docker/dockerfile:1
FROM python:3.12-slim
RUN --mount=type=secret,id=hf_token,env=HF_TOKEN \
    python download_model.py
```

```dockerfile
FROM python:3.12-slim
ARG MAX_TOKENS=512
ARG GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D
```

## When it is fine

Names are read by their words: `MAX_TOKENS`, `TOKENIZERS_PARALLELISM`, `PUBLIC_KEY` or `HF_TOKEN_PATH` are no credentials.
An argument of another name is found where a command uses it as a password or token.
In a stage whose layers do not ship it is a warning: cache and provenance have it all the same.

## Fix

The `ARG` goes, and the `RUN` instructions that name it get `--mount=type=secret,id=…,env=…`. Unsafe: the build has to be given the secret, `docker build --secret id=hf_token,env=HF_TOKEN .`, and needs Dockerfile syntax 1.10 or newer.

## Equivalents

hadolint DL3064, BuildKit SecretsUsedInArgOrEnv, KICS "Secrets Stored In Dockerfile", semgrep secret-in-build-arg.

hadolint looks for words anywhere in a name, and so also reports `MAX_TOKENS` and `TOKENIZERS_PARALLELISM`; it only sees the first argument of an `ARG`.
BuildKit reports `GPG_KEY`, `AUTH_URL` and `TOKEN_EXPIRY` too, which are public or only tell something about a credential, and does not see words in `dbPassword`.
The half of these codes that is about `ENV` is `secret-in-environment`.

## References

Best practices guide, Docker patterns, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.credentials import find_credentials, known_credential, url_credential
from boxwright.practices.mentions import mentions
from boxwright.practices.rule import Problem, rule
from boxwright.practices.run_edits import without_lines
from boxwright.practices.secret_names import is_literal_secret, is_secret_name
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Arg, Argument, Run
from boxwright.text.edit import Edit

_MOST = 50
"""More instructions than that are not changed at once."""


@rule(Build, severity=Severity.ERROR)
def secret_in_build_argument(build: Build) -> Iterator[Problem]:
    used = _used_as_credentials(build)
    for arg in build.of(Arg):
        for argument in arg.declared:
            name = argument.name.value
            default = argument.default.value if argument.default is not None else None
            stage = build.stage_of(arg)
            is_literal = bool(default) and (
                is_literal_secret(name, default or "") or _is_credential(default or "")
            )
            if is_literal:
                message = f"the default of `{name}` is a credential that everybody can read"
            elif is_secret_name(name, default) is not None:
                message = f"the history of the image keeps the build argument `{name}`"
            elif stage is not None and name in used.get(stage.index, {}):
                where = used[stage.index][name]
                message = f"the build argument `{name}` is used as {where}, and kept in the history"
            else:
                continue
            ships = stage is None or stage.ships or is_literal
            yield Problem(
                message=message,
                span=argument.name.span,
                fix=_fix(build, arg, argument) if not is_literal else None,
                severity=None if ships else Severity.WARNING,
            )


def _is_credential(text: str) -> bool:
    url = url_credential(text)
    return (url is not None and url.is_literal) or known_credential(text) is not None


def _used_as_credentials(build: Build) -> dict[int, dict[str, str]]:
    """Return, by stage, the variables that commands use as credentials, and as what."""
    found: dict[int, dict[str, str]] = {}
    for run, command in build.commands:
        if run.stage is None or "$" not in run.source.text[command.span.start : command.span.end]:
            continue
        for credential in find_credentials(command):
            for name in credential.variables:
                found.setdefault(run.stage.index, {}).setdefault(name, credential.kind)
    return found


def _fix(build: Build, arg: Arg, argument: Argument) -> Fix | None:
    """Mount the secret where it is used, as long as nothing but RUN uses it."""
    name = argument.name.value
    stage = build.stage_of(arg)
    if stage is None or argument.default is not None or arg.parent is not None:
        return None
    said = mentions(build).get(name, ())
    if len(arg.declared) != 1 or len(said) > _MOST:
        return None
    option = f" --mount=type=secret,id={name.lower()},env={name}"
    edits = [without_lines(arg)]
    for item in said:
        if item is arg:
            continue
        if not isinstance(item, Run) or item.is_exec or item.stage is not stage.stage:
            return None
        if stage.position(item) < stage.position(arg):
            return None
        if not any(mount.env == name for mount in item.mounts):
            edits.append(Edit.insert(item.keyword_span.end, option))
    if len(edits) == 1:
        return None
    return Fix(
        title=f"Mount `{name}` as a secret",
        edits=tuple(edits),
        applicability=Applicability.UNSAFE,
        changes=("-ARG",),
    )
