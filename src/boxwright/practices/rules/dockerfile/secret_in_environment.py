r"""
A variable of the image holds a credential.

`ENV` is part of the image's configuration: `docker inspect` prints it, every process of every container has it, and crash reports and `/debug` pages send it along.
A token that is changed needs a new image; one that has leaked stays in all old ones.

Bad:

```dockerfile
FROM python:3.12-slim
ENV WANDB_API_KEY=8f3ab1c92d7e4506b1aa
CMD ["python", "train.py"]
```

```dockerfile
FROM python:3.12-slim
ARG TOKEN_OF_CI
ENV HF_TOKEN=${TOKEN_OF_CI}
```

```dockerfile
FROM python:3.12-slim
ENV DATABASE_URL=postgresql://api:Xk29fq7pLz@db/models
```

Good:

```dockerfile
FROM python:3.12-slim
ENV WANDB_API_KEY_FILE=/run/secrets/wandb \
    TOKENIZERS_PARALLELISM=false
CMD ["python", "train.py"]
```

## When it is fine

An empty value, which only shows that the variable exists, is an `info`; a placeholder is a warning, since it gets changed in place.
A path (`HF_TOKEN_PATH=/run/secrets/hf`) or a boolean is no credential.

## Fix

The variable is taken out, to be given when the container starts (`--env-file`, secrets of compose or Kubernetes). Unsafe: the container does not have it until then. There is none where a `RUN` uses the variable.

## Equivalents

hadolint DL3064, BuildKit SecretsUsedInArgOrEnv, trivy DS-0031, dockle CIS-DI-0010, KICS "Secrets Stored In Dockerfile".

These judge the name only; this rule judges the value too, and finds passwords in URLs and tokens of a known form under any name.
hadolint also reports `MAX_TOKENS`, `PASSWORD_FILE` and others that hold no credential.

## References

Best practices guide, Docker patterns, Containers for ML.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.credentials import known_credential, url_credential
from boxwright.practices.env_edits import without_pair
from boxwright.practices.mentions import mentions
from boxwright.practices.rule import Problem, rule
from boxwright.practices.secret_names import is_literal_secret, is_secret_name, value_kind
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Env, Pair, Run

_MOST = 50
"""Of a variable that is named more often than that the fix is for nobody to foresee."""


@rule(Build, severity=Severity.ERROR)
def secret_in_environment(build: Build) -> Iterator[Problem]:
    for env in build.of(Env):
        stage = build.stage_of(env)
        ships = stage is None or stage.ships
        for pair in env.pairs:
            found = _judged(pair)
            if found is None:
                continue
            message, severity = found
            if not ships:
                severity = min(severity, Severity.WARNING)
            yield Problem(
                message=message,
                span=pair.name.span,
                fix=_fix(build, env, pair),
                severity=severity,
            )


def _judged(pair: Pair) -> tuple[str, Severity] | None:
    name, value = pair.name.value, pair.value.value
    url = url_credential(value)
    if url is not None:
        return f"`{name}` has a credential in its URL, `{url.shown}`", Severity.ERROR
    known = known_credential(value)
    if known is not None:
        return f"`{name}` holds {_with_article(known[0])}", Severity.ERROR
    if is_secret_name(name, value) is None:
        return None
    if is_literal_secret(name, value):
        return f"everybody who has the image can read the value of `{name}`", Severity.ERROR
    match value_kind(value):
        case "empty":
            return f"`{name}` has a place in the image for a credential", Severity.INFO
        case "variable":
            return f"the image keeps what `{name}` was at the build", Severity.ERROR
        case "placeholder":
            return f"`{name}` is to be replaced by a credential in the image", Severity.WARNING
        case _:
            return f"`{name}` holds a credential by its name", Severity.WARNING


def _with_article(kind: str) -> str:
    if kind.split(" ")[0] in {"a", "an", "the"}:
        return kind
    return f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"


def _fix(build: Build, env: Env, pair: Pair) -> Fix | None:
    name = pair.name.value
    stage = build.stage_of(env)
    if stage is None or env.parent is not None or env.stray_words:
        return None
    said = mentions(build).get(name, ())
    if len(said) > _MOST:
        return None
    for item in said:
        if item is not env and (
            isinstance(item, Run) or f"${name}" in item.line.text.replace("{", "")
        ):
            return None
    change = without_pair(env, pair)
    if change is None:
        return None
    return Fix(
        title=f"Take `{name}` out, to be given at run time",
        edits=(change.edit,),
        applicability=Applicability.UNSAFE,
        changes=change.changes,
    )
