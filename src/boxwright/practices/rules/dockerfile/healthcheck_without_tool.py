"""
The health check runs a program that is not in the image.

`python:3.12-slim` and most other small images have neither curl nor wget.
A check by one of them fails each time: after three tries the container is unhealthy for good, Swarm replaces it, and what waits for it in Compose never starts.

Bad:

```dockerfile
FROM python:3.12-slim
HEALTHCHECK CMD curl -f http://localhost:8000/health || exit 1
CMD ["uvicorn", "app:app"]
```

Good:

```dockerfile
FROM python:3.12-slim
HEALTHCHECK CMD python -c "import urllib.request; urllib.request.urlopen('http://localhost:8000/health')" || exit 1
CMD ["uvicorn", "app:app"]
```

## When it is fine

Nothing is found where it is not known what the base image has, or where what is copied or installed may bring the program.

## Fix

A plain request by curl or wget is made by Python instead, or one by curl by wget, if that is in the image. Safe: the check could only fail before.

## Equivalents

None.

## References

Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.health_checks import HealthChecked, health_checks, python_of
from boxwright.practices.programs.arguments import parse_arguments
from boxwright.practices.programs.health import Probe, probe, tools
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.shell.command import Command, ShellWord
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.ERROR)
def healthcheck_without_tool(build: Build) -> Iterator[Problem]:
    for found in health_checks(build):
        base = found.stage.base
        where = "an empty image" if base.is_scratch else f"`{base.reference}`"
        if found.check.exec is None and found.stage.has_program("sh") is False:
            yield Problem(
                message=f"the health check needs a shell, and {where} has none",
                span=found.check.command_span,
            )
            continue
        for word in _missing(found):
            name = word.value.rpartition("/")[2]
            yield Problem(
                message=f"the health check cannot run: `{name}` is not in {where}, nor installed",
                span=word.span,
                fix=_fix(found, word),
            )


def _missing(found: HealthChecked) -> Iterator[ShellWord]:
    commands = found.check.commands
    looks = {word.value for command in commands for word in _looked_for(command)}
    # `curl … || wget …`: one of them is enough.
    others = [command for command in commands if command.connector == "||" and tools((command,))]
    for command in commands:
        for word in tools((command,)):
            name = word.value.rpartition("/")[2]
            has_other = any(other is not command for other in others[:2])
            if command.conditional or has_other or name in looks:
                continue
            if found.stage.has_program(name) is False:
                yield word


def _looked_for(command: Command) -> tuple[ShellWord, ...]:
    """Return the programs that *command* asks for before they are run."""
    if command.program in {"command", "which", "type", "hash"}:
        return command.arguments
    return ()


def _fix(found: HealthChecked, word: ShellWord) -> Fix | None:
    check = found.check
    asked = probe(check.commands)
    if asked is None or asked.tool_word.span != word.span or not _is_plain(asked):
        return None
    last = asked.command.words[-1].span.end
    if any(redirect.span.start < last for redirect in asked.command.redirects):
        return None
    if any(
        other.pipeline == asked.command.pipeline and other is not asked.command
        for other in check.commands
    ):
        return None
    words = _request(found, asked)
    if words is None:
        return None
    return Fix(
        title=f"Ask by `{words[0]}`",
        edits=(Edit(asked.command.words[0].span.start, last, words[1]),),
        applicability=Applicability.SAFE,
    )


def _request(found: HealthChecked, asked: Probe) -> tuple[str, str] | None:
    """Return a tool that is in the image, and the words by which it asks the same."""
    url = asked.url if "://" in asked.url else f"http://{asked.url}"
    python = python_of(found.stage)
    if python:
        code = f"import urllib.request; urllib.request.urlopen('{url}')"
        words = [python, "-c", code]
        script = f'{python} -c "{code}"'
    elif asked.tool == "curl" and found.stage.has_program("wget"):
        words = ["wget", "-q", "-O", "/dev/null", url]
        # A variable in the URL is one of the shell's.
        script = f'wget -q -O /dev/null "{url}"'
    else:
        return None
    array = ", ".join(f'"{word}"' for word in words)
    return words[0], array if found.check.exec is not None else script


def _is_plain(asked: Probe) -> bool:
    """Tell whether it is a request that Python's library makes by itself."""
    command = asked.command
    if asked.tool not in {"curl", "wget"} or not asked.url or command.outer is not None:
        return False
    if command.written != command.words or asked.url.startswith("https"):
        return False
    # A variable is expanded by the shell, not within the array.
    if not set(asked.url).isdisjoint("'\"\\`() ") or not asked.url.isascii():
        return False
    arguments = parse_arguments(command.arguments, "omOTt", _VALUED)
    names = {option.name for option in arguments.options}
    return names <= (_CURL if asked.tool == "curl" else _WGET) and len(arguments.operands) == 1


_VALUED = ("output", "max-time", "connect-timeout", "retry", "retry-delay", "tries", "timeout",
           "output-document")  # fmt: skip
_CURL = frozenset(
    {
        "-f", "-s", "-S", "-L", "-o", "-m", "--fail", "--silent", "--show-error", "--location",
        "--output", "--max-time", "--connect-timeout", "--retry", "--retry-delay", "-i",
        "--include", "--fail-with-body",
    }
)  # fmt: skip
_WGET = frozenset(
    {
        "-q", "-O", "-T", "-t", "--quiet", "--spider", "--tries", "--timeout", "--no-verbose",
        "-n", "-v", "--output-document",
    }
)  # fmt: skip
