"""
The health check cannot fail, or takes an error page for an answer.

`curl` succeeds whenever it gets an answer, be it `500 Internal Server Error`, unless it is told `--fail`; `requests.get` does not mind either.
With `|| true` behind it nothing is a failure at all. The container then is healthy whatever happens.

Bad:

```dockerfile
FROM python:3.12
HEALTHCHECK CMD curl http://localhost:8000/health
CMD ["uvicorn", "app:app"]
```

```dockerfile
FROM python:3.12
HEALTHCHECK CMD curl -f http://localhost:8000/health || true
CMD ["uvicorn", "app:app"]
```

Good:

```dockerfile
FROM python:3.12
HEALTHCHECK CMD curl -f http://localhost:8000/health || exit 1
CMD ["uvicorn", "app:app"]
```

## When it is fine

Where the answer is looked at: `curl -s localhost:8000/health | grep -q ok`.

## Fix

`-f` is added to curl, and `exit 1` takes the place of `true` or `exit 0`. Unsafe: a container that never was what the check asks for becomes unhealthy.

## Equivalents

None.

## References

Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.programs.health import Probe, probe
from boxwright.practices.rule import Problem, rule
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Healthcheck
from boxwright.syntax.shell.command import Command
from boxwright.text.edit import Edit


@rule(Build, severity=Severity.WARNING)
def healthcheck_hides_failure(build: Build) -> Iterator[Problem]:
    for check in build.of(Healthcheck):
        commands = check.commands
        asked = None if check.none else probe(commands)
        if asked is None:
            continue
        if asked.always_succeeds:
            yield _always_succeeding(asked, commands)
        elif asked.url and not asked.fails_on_error and _decides(asked.command, commands):
            yield Problem(
                message=f"an answer such as 500 is no failure to `{_client(asked)}`",
                span=asked.tool_word.span,
                fix=_fail_option(asked, check),
            )


def _always_succeeding(asked: Probe, commands: Sequence[Command]) -> Problem:
    ending = commands[-1]
    words = [word.value for word in ending.words]
    is_replaceable = words in (["true"], [":"], ["exit", "0"]) and ending.outer is None
    fix = Fix(
        title="Fail with `exit 1`",
        edits=(Edit.replace(ending.span, "exit 1"),),
        applicability=Applicability.UNSAFE,
    )
    return Problem(
        message=f"`{' '.join(words[:2])}` hides that `{asked.tool}` failed",
        span=ending.span,
        # Behind `;` it would fail always.
        fix=fix if is_replaceable and ending.connector == "||" else None,
    )


def _client(asked: Probe) -> str:
    if asked.tool != "python":
        return asked.tool
    return "requests.get" if "requests" in asked.command.words[-1].value else "this request"


def _decides(command: Command, commands: Sequence[Command]) -> bool:
    """Tell whether the status of *command* is that of its pipe, and its output is not looked at."""
    return not command.in_substitution and not any(
        other.pipeline == command.pipeline and other.pipe_position > command.pipe_position
        for other in commands
    )


def _fail_option(asked: Probe, check: Healthcheck) -> Fix | None:
    word = asked.tool_word
    if asked.tool != "curl" or asked.command.outer is not None:
        return None
    option = ', "-f"' if check.exec is not None else " -f"
    return Fix(
        title="Add `-f`",
        edits=(Edit.insert(word.span.end, option),),
        applicability=Applicability.UNSAFE,
    )
