"""
EXPOSE has a port that there is none of.

Ports are numbers from 0 to 65535, alone or as a range, with `/tcp`, `/udp` or `/sctp` in small letters.
An IP address or a host port in front belongs to `docker run -p`: the builder takes it away, and the image says less than its file.

Bad:

```dockerfile
FROM python:3.12-slim
EXPOSE 80000
```

```dockerfile
FROM python:3.12-slim
EXPOSE 127.0.0.1:80:8080
```

```dockerfile
FROM python:3.12-slim
EXPOSE 8080/TCP
```

Good:

```dockerfile
FROM python:3.12-slim
EXPOSE 8080/tcp 9000-9010
```

## Fix

The protocol is written in small letters; address and host port are removed. Safe: the builder does the same.

## Equivalents

hadolint DL3011, trivy DS-0008, BuildKit ExposeInvalidFormat, ExposeProtoCasing, KICS "UNIX Ports Out Of Range", semgrep invalid-port.

Each of them has a part of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Expose
from boxwright.text.edit import Edit

_LAST = 65535


@rule(Build, severity=Severity.ERROR)
def invalid_port(build: Build) -> Iterator[Problem]:
    for expose in build.of(Expose):
        for word in expose.ports:
            text = build.reference(word, expose)
            if text is None:
                continue
            ports, slash, protocol = text.partition("/")
            *address, port = ports.split(":")
            message = _message(text, port, protocol)
            wanted = port + slash + protocol.lower()
            if message:
                yield Problem(message=message, span=word.span)
            elif address:
                yield Problem(
                    message=f"`{text}`: an image cannot choose the address or port of its host",
                    span=word.span,
                    fix=_fix(wanted, Edit.replace(word.span, wanted)) if text == word.raw else None,
                    severity=Severity.WARNING,
                )
            elif protocol != protocol.lower():
                yield Problem(
                    message=f"the protocol of `{text}` is not in small letters",
                    span=word.span,
                    fix=_fix(wanted, Edit.replace(word.span, wanted)) if text == word.raw else None,
                    severity=Severity.INFO,
                )


def _fix(wanted: str, edit: Edit) -> Fix:
    return Fix(title=f"Write `{wanted}`", edits=(edit,), applicability=Applicability.SAFE)


def _message(text: str, port: str, protocol: str) -> str:
    if protocol.lower() not in ("", "tcp", "udp", "sctp"):
        return f"`{text}` names no protocol that there is"
    numbers = port.split("-")
    if len(numbers) > 2 or not all(number.isascii() and number.isdigit() for number in numbers):
        return f"`{text}` is no port"
    if any(int(number[:9]) > _LAST for number in numbers):
        return f"port `{port}` is above {_LAST}"
    if len(numbers) == 2 and int(numbers[0]) > int(numbers[1]):
        return f"the range `{port}` ends before it starts"
    return ""
