"""
A password or token is written into the Compose file.

The file is committed, and whoever can read the repository, now or in years, has the credential; `docker inspect` shows it as well.
A database whose password stands in a public example is the first that scanners try.

Bad:

```yaml
services:
  db:
    image: postgres:16.6
    environment:
      POSTGRES_PASSWORD: hunter2-but-longer
```

```yaml
services:
  api:
    image: example/api:1.4
    environment:
      - DATABASE_URL=postgresql://ml:Xk29fq7pLz@db:5432/runs
```

```yaml
services:
  cache:
    image: redis:7.4
    command: ["redis-server", "--requirepass", "Xk29fq7pLz"]
```

Good:

```yaml
services:
  db:
    image: postgres:16.6
    environment:
      POSTGRES_PASSWORD_FILE: /run/secrets/db_password
    secrets: [db_password]
  api:
    image: example/api:1.4
    environment:
      HF_TOKEN: ${HF_TOKEN:?}
secrets:
  db_password:
    file: ./secrets/db_password
```

## When it is fine

A default (`${POSTGRES_PASSWORD:-postgres}`) is a warning: it holds until somebody sets the variable, and nobody has to.
A placeholder (`change-me`) is a warning too.
What only exists for a test can be suppressed with that as the reason.

## Fix

The value becomes a variable that must be set, from `.env` or the environment. Unsafe: Compose stops until it is. There is none for credentials in commands, nor for a placeholder of what the image reads from a file as well: it belongs in a secret.
What has been committed stays in the history: change the credential.

## Equivalents

compose-lint CL-0020, CL-0021, KICS "Passwords And Secrets - Generic Password".

compose-lint judges names alone for CL-0020; this rule leaves out values that are no credential, and finds tokens of a known form under any name.

## References

Best practices guide, Docker patterns, MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.compose_fixes import changed_path
from boxwright.practices.compose_services import is_own
from boxwright.practices.containers import ServiceContainer
from boxwright.practices.credentials import find_credentials, known_credential, url_credential
from boxwright.practices.file_variables import file_variable
from boxwright.practices.rule import Problem, rule
from boxwright.practices.secret_names import is_literal_secret, is_secret_name, value_kind
from boxwright.syntax.yaml.compose import Service
from boxwright.syntax.yaml.compose_values import Assignment
from boxwright.syntax.yaml.edit import replace_value
from boxwright.syntax.yaml.interpolation import interpolate
from boxwright.syntax.yaml.node import Node, Scalar, Sequence
from boxwright.syntax.yaml.written import quoted
from boxwright.text.record import NamedTuple
from boxwright.text.source import Span


@rule(ComposeFile, severity=Severity.ERROR)
def literal_secret_in_compose(file: ComposeFile) -> Iterator[Problem]:
    seen: set[Span] = set()
    for service in file.services:
        for item in service.environment:
            found = None if item.is_passed else _judged(item)
            span = _name_span(service, item)
            if found is None or span in seen:
                continue
            seen.add(span)
            fix = _fix(file, service, item, found)
            yield Problem(found.message, span, fix, found.severity)
        yield from _in_commands(service, seen)


class _Found(NamedTuple):
    message: str
    severity: Severity
    replacement: str
    """What the value would be; empty where that is not clear."""


def _judged(item: Assignment) -> _Found | None:
    # A dollar sign that is none of a variable's would be taken for one.
    name, text = item.name, item.text.replace("$$", "\0")
    variables = interpolate(text, {}).variables
    # Defaults are text of the file as well.
    plain = interpolate(text, {}).text
    severity = Severity.WARNING if variables else Severity.ERROR
    url = url_credential(plain)
    if url is not None:
        if not url.is_literal:
            return None
        replacement = ""
        if not variables:
            before = plain[: url.secret_start].replace("\0", "$$")
            rest = plain[url.secret_end :].replace("\0", "$$")
            replacement = f"{before}${{{_variable(name)}_PASSWORD:?}}{rest}"
        return _Found(f"`{name}` has a credential in its URL, `{url.shown}`", severity, replacement)
    weak = _weak_password(plain)
    if weak and not variables:
        severity = Severity.ERROR if is_literal_secret("password", weak) else Severity.WARNING
        return _Found(f"`{name}` has a password in its URL that anybody tries first", severity, "")
    replacement = "" if variables else f"${{{_variable(name)}:?}}"
    known = known_credential(plain)
    if known is not None:
        return _Found(f"`{name}` holds {_with_article(known[0])}", severity, replacement)
    if is_literal_secret(name, plain):
        if variables:
            message = f"`{name}` has a default that anybody can read here"
        else:
            message = f"the value of `{name}` stands in the file"
        return _Found(message, severity, replacement)
    if value_kind(plain) == "placeholder" and not variables and is_secret_name(name, plain):
        message = f"the value of `{name}` is to be written into the file"
        return _Found(message, Severity.WARNING, replacement)
    return None


def _weak_password(text: str) -> str:
    """Return the password in a URL that looks as if another was to take its place."""
    authority = text.partition("://")[2].partition("/")[0]
    userinfo, at, _ = authority.rpartition("@")
    password = userinfo.partition(":")[2]
    return password if at and value_kind(password) == "placeholder" else ""


def _in_commands(service: Service, seen: set[Span]) -> Iterator[Problem]:
    check = service.healthcheck
    for command in (*service.start, *(check.commands if check is not None else ())):
        for credential in find_credentials(command):
            if credential.is_literal and credential.span not in seen:
                seen.add(credential.span)
                node = service.get("command") or service.get("entrypoint")
                is_here = node is None or node.source is service.compose.source
                span = credential.span if is_here else service.span
                yield Problem(f"the command has {credential.kind}, {credential.shown}", span)


def _fix(file: ComposeFile, service: Service, item: Assignment, found: _Found) -> Fix | None:
    node = item.node
    is_here = node.source is file.source and not node.is_shared and not node.anchor
    if not found.replacement or not is_here or not isinstance(node, Scalar):
        return None
    if not is_own(service, "environment") or not _is_inside(service.get("environment"), node):
        return None
    # In the environment it would be as bad as a placeholder.
    if found.severity is not Severity.ERROR and file_variable(
        ServiceContainer(file, service), item.name
    ):
        return None
    text = found.replacement
    if isinstance(service.get("environment"), Sequence):
        text = f"{item.name}={text}"
    return Fix(
        f"Take the value of `{item.name}` from the environment",
        (replace_value(file.source, node, quoted(text, in_flow=True)),),
        Applicability.UNSAFE,
        (changed_path(service, ("environment",)),),
    )


def _is_inside(outer: Node | None, node: Node) -> bool:
    return outer is not None and outer.start <= node.start and node.end <= outer.end


def _name_span(service: Service, item: Assignment) -> Span:
    is_here = item.node.source is service.compose.source
    return item.name_span if is_here else service.span


def _variable(name: str) -> str:
    return "".join(it if it.isalnum() and it.isascii() else "_" for it in name).upper()


def _with_article(kind: str) -> str:
    if kind.split(" ")[0] in {"a", "an", "the"}:
        return kind
    return f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"
