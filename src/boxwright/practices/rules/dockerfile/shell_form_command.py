"""
A command is started through a shell.

In shell form process 1 is a shell, and the program its child.
Debian's `sh` neither passes SIGTERM on nor ends by it: `docker stop` waits for ten seconds and kills, requests break off, a training run writes no checkpoint.
An ENTRYPOINT in shell form also ignores CMD and all arguments of `docker run`.

Bad:

```dockerfile
FROM python:3.12-slim
CMD uvicorn app:app --host 0.0.0.0
```

```dockerfile
FROM python:3.12-slim
CMD alembic upgrade head && uvicorn app:app --port $PORT
```

Good:

```dockerfile
FROM python:3.12-slim
CMD ["uvicorn", "app:app", "--host", "0.0.0.0"]
```

```dockerfile
FROM python:3.12-slim
CMD ["/bin/sh", "-c", "alembic upgrade head && exec uvicorn app:app --port $PORT"]
```

## When it is fine

Where the last command is behind `exec`, it takes the shell's place; that is told as information only.

## Fix

Words without variables and operators become a JSON array. Safe, where no ENTRYPOINT is given the words and none begins to see a CMD; else unsafe.
There is none for an ENTRYPOINT that would then be handed a CMD which needs a shell: what is meant to start, only its author knows.
What needs a shell is handed to it with `exec` before the last command. Unsafe: somebody should look whether that one is the program that stays.

## Equivalents

hadolint DL3025, BuildKit JSONArgsRecommended, KICS "Not Using JSON In CMD And ENTRYPOINT Arguments", semgrep prefer-json-notation.

hadolint judges the commands of HEALTHCHECK too, which need no signals, but not those of ONBUILD. Below a SHELL instruction nothing is found, since there a shell was chosen: BuildKit does the same, hadolint does not.

## References

Best practices guide, Docker patterns.
"""

from __future__ import annotations

from collections.abc import Iterator

from boxwright.findings.finding import Applicability, Fix, Severity
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Cmd, Entrypoint
from boxwright.syntax.shell.command import Command, ShellWord
from boxwright.text.edit import Edit
from boxwright.text.source import Span


@rule(Build, severity=Severity.WARNING)
def shell_form_command(build: Build) -> Iterator[Problem]:
    found: tuple[Cmd | Entrypoint, ...] = (*build.of(Entrypoint), *build.of(Cmd))
    for instruction in found:
        if instruction.is_exec or instruction.shell is not None or not instruction.arguments.text:
            continue
        last = _last(instruction)
        program = f"`{last.program}`" if last is not None and last.program else "the program"
        is_replaced = last is not None and "exec" in last.wrappers
        if isinstance(instruction, Entrypoint):
            message = (
                f"a shell starts {program}, which gets no arguments from `CMD` or `docker run`"
            )
        elif is_replaced:
            message = f"a shell starts {program}, though it makes room for it"
        else:
            message = f"a shell is process 1, and keeps the signal to stop from {program}"
        yield Problem(
            message=message,
            span=instruction.arguments_span,
            fix=None if instruction.looks_like_json else _fix(build, instruction, last),
            severity=Severity.INFO if is_replaced and isinstance(instruction, Cmd) else None,
        )


def _last(instruction: Cmd | Entrypoint) -> Command | None:
    """Return the command that the script of *instruction* ends with, whatever happens before."""
    script = instruction.parsed_script
    if script is None or script.has_error or not script.statements:
        return None
    commands = [
        command
        for command in script.statements[-1].commands
        if not command.in_substitution and command.outer is None
    ]
    if len(commands) != 1 or not commands[0].words:
        return None
    command = commands[0]
    is_reached = not command.conditional and command.connector in {"", "&&", ";", "\n"}
    return command if is_reached and not command.in_function else None


def _fix(build: Build, instruction: Cmd | Entrypoint, last: Command | None) -> Fix | None:
    if last is None or last.program in _BUILT_IN:
        return None
    words = _plain_words(instruction, last)
    if words is not None:
        if isinstance(instruction, Entrypoint) and _is_given_shell(build, instruction):
            return None
        return Fix(
            title="Use the exec form",
            edits=_as_array(instruction, words),
            applicability=(
                Applicability.SAFE if _is_the_same(build, instruction) else Applicability.UNSAFE
            ),
        )
    if last.span.end != instruction.arguments_span.end:
        return None
    return Fix(
        title="Let the shell make room for the program with `exec`",
        edits=_as_script(instruction, last),
        applicability=Applicability.UNSAFE,
    )


_BUILT_IN = frozenset(
    {
        "cd", "source", ".", "export", "set", "unset", "eval", "trap", "wait", "ulimit", "umask",
        ":", "[", "[[", "test", "exit", "return", "read", "exec", "command", "alias", "shift",
        "local", "declare", "readonly", "true", "false",
    }
)  # fmt: skip
_PATTERNS = frozenset("*?[~{")


def _plain_words(instruction: Cmd | Entrypoint, command: Command) -> tuple[ShellWord, ...] | None:
    """Return the words of *command* if it is all that there is, and no word needs a shell."""
    words = command.written
    if words[0].value == "exec" and len(words) > 1 and not words[1].value.startswith("-"):
        words = words[1:]
    if (
        len(instruction.commands) != 1
        or command.assignments
        or command.redirects
        or command.span != instruction.arguments_span
        or words[0].value in _BUILT_IN
    ):
        return None
    is_plain = all(word.is_static and _PATTERNS.isdisjoint(word.value) for word in words)
    return words if is_plain and words[0].value else None


def _as_array(instruction: Cmd | Entrypoint, words: tuple[ShellWord, ...]) -> tuple[Edit, ...]:
    """Return the edits that make JSON of *words* and leave what is between them."""
    start = instruction.arguments_span.start
    edits = [Edit(start, words[0].span.start, "")] if words[0].span.start > start else []
    for at, word in enumerate(words):
        before = "[" if at == 0 else ""
        after = "]" if at + 1 == len(words) else ","
        edits.append(Edit.replace(word.span, f"{before}{_string(word.value)}{after}"))
    return tuple(edits)


def _as_script(instruction: Cmd | Entrypoint, command: Command) -> tuple[Edit, ...]:
    """Return the edits that hand the script to a shell which *command* takes the place of."""
    span = instruction.arguments_span
    edits = [Edit.insert(span.start, '["/bin/sh", "-c", "')]
    if "exec" not in command.wrappers:
        edits.append(Edit.insert(command.written[0].span.start, "exec "))
    for text, offset in instruction.script.pieces():
        for at, character in enumerate(text, start=offset):
            if character in '"\\\t':
                edits.append(Edit.replace(Span(at, at + 1), _string(character)[1:-1]))
    return (*edits, Edit.insert(span.end, '"]'))


def _string(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)


def _is_the_same(build: Build, instruction: Cmd | Entrypoint) -> bool:
    """Tell whether the same is started without the shell."""
    stage = build.stage_of(instruction)
    if stage is None or instruction.parent is not None:
        return False
    if isinstance(instruction, Entrypoint):
        return not build.of(Cmd)
    entrypoint = stage.entrypoint
    if entrypoint is None:
        return _has_no_entrypoint(stage)
    words = entrypoint.exec
    # In shell form it does not see CMD.
    return words is None or words[0].value.rpartition("/")[2] in {"tini", "dumb-init"}


def _is_given_shell(build: Build, entrypoint: Entrypoint) -> bool:
    """Tell whether *entrypoint* would be handed `sh -c …` by a CMD that it does not see now."""
    stage = build.stage_of(entrypoint)
    for cmd in stage.of(Cmd) if stage is not None else ():
        if cmd.exec is None:
            last = _last(cmd)
            if last is None or _plain_words(cmd, last) is None:
                return True
        elif cmd.exec and cmd.exec[0].value.rpartition("/")[2] in {"sh", "bash"}:
            return True
    return False


def _has_no_entrypoint(stage: StageFacts) -> bool:
    """Tell whether the base image surely has no ENTRYPOINT."""
    facts = stage.base.facts
    return stage.base.is_scratch or (
        facts is not None and not facts.entrypoint and facts.family in _WITHOUT_ENTRYPOINT
    )


_WITHOUT_ENTRYPOINT = frozenset({"python", "debian", "ubuntu", "alpine", "pytorch", "redhat"})
