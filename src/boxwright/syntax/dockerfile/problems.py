"""What BuildKit refuses of instructions that it could read: flags, arguments, their number."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from boxwright.syntax.dockerfile.heredoc import heredoc_word
from boxwright.syntax.dockerfile.instructions import (
    KEYWORDS,
    Add,
    Arg,
    Cmd,
    Copy,
    Dockerfile,
    Entrypoint,
    Env,
    Expose,
    From,
    Healthcheck,
    Instruction,
    Label,
    Onbuild,
    Run,
    Shell,
    Stage,
    Stopsignal,
    Unknown,
    User,
    Volume,
    Workdir,
)
from boxwright.syntax.dockerfile.lines import SyntaxProblem
from boxwright.syntax.dockerfile.variables import SubstitutionError, expand, read_word
from boxwright.syntax.dockerfile.words import Flag, Word
from boxwright.text.source import Span

# Flags that are switches, take one value, or take one each time that they are written.
_SWITCH, _ONE, _MANY = "switch", "one", "many"
_FLAGS: dict[str, dict[str, str]] = {
    "ADD": {
        "chown": _ONE, "chmod": _ONE, "link": _SWITCH, "keep-git-dir": _SWITCH,
        "checksum": _ONE, "unpack": _SWITCH, "exclude": _MANY,
    },
    "COPY": {
        "chown": _ONE, "from": _ONE, "chmod": _ONE, "link": _SWITCH, "exclude": _MANY,
        "parents": _SWITCH,
    },
    "FROM": {"platform": _ONE},
    "HEALTHCHECK": {
        "interval": _ONE, "timeout": _ONE, "start-period": _ONE, "start-interval": _ONE,
        "retries": _ONE,
    },
    "RUN": {"mount": _MANY, "network": _ONE, "security": _ONE, "device": _MANY},
}  # fmt: skip

_MODES = {"network": ("default", "none", "host"), "security": ("insecure", "sandbox")}


def problems_of(dockerfile: Dockerfile) -> tuple[SyntaxProblem, ...]:
    """Return what BuildKit would refuse of *dockerfile*, at most one thing an instruction."""
    problems = []
    for instruction in dockerfile.instructions:
        problem = _problem(instruction) or _stage_problem(instruction, dockerfile)
        if problem is not None:
            problems.append(problem)
    return (*problems, *_without_stage(dockerfile))


def _without_stage(dockerfile: Dockerfile) -> Iterator[SyntaxProblem]:
    if not dockerfile.instructions:
        yield SyntaxProblem("file with no instructions", Span(0, 0), "no-instructions")
        return
    for instruction in dockerfile.instructions:
        stage = instruction.stage
        if (stage is None or stage.is_implied) and not isinstance(instruction, Arg | Unknown):
            yield SyntaxProblem(
                f"{instruction.keyword} stands before the first FROM, where only ARG may",
                instruction.keyword_span,
                "no-stage",
                "start with `FROM image`",
            )
            return
    if not dockerfile.of(From):
        last = dockerfile.instructions[-1]
        yield SyntaxProblem("dockerfile contains no stages to build", last.span, "no-stage")


def _problem(instruction: Instruction) -> SyntaxProblem | None:
    """Return the first thing that is wrong with *instruction*."""
    if isinstance(instruction, Unknown):
        keyword = instruction.written_keyword
        # A line of a program that is longer than any keyword is not worth being compared.
        near = _near(instruction.keyword, KEYWORDS) if len(keyword) < 20 else ""
        return SyntaxProblem(
            f"unknown instruction: {keyword if len(keyword) < 80 else keyword[:79] + '…'}",
            instruction.keyword_span,
            "unknown-instruction",
            near or f"where it belongs to the line above, end that one with `{instruction.escape}`",
        )
    array = instruction.array
    if array is not None and array.is_refused:
        return _at(instruction, array.problem, "not-strings", instruction.arguments_span)
    check = _CHECKS.get(type(instruction))
    problem = check(instruction) if check is not None else None
    return problem or _flag_problem(instruction) or _more(instruction)


def _at(
    instruction: Instruction, message: str, kind: str, span: Span | None = None, hint: str = ""
) -> SyntaxProblem:
    return SyntaxProblem(message, span or instruction.keyword_span, kind, hint)


def _near(name: str, names: Iterable[str], prefix: str = "") -> str:
    from difflib import get_close_matches

    found = get_close_matches(name, list(names), 1)
    return f"did you mean `{prefix}{found[0]}`?" if found else ""


def _flag_problem(instruction: Instruction) -> SyntaxProblem | None:
    if not instruction.flags or instruction.keyword in ("ARG", "STOPSIGNAL"):
        return None
    if isinstance(instruction, Healthcheck) and instruction.none:
        return None
    known = _FLAGS.get(instruction.keyword, {})
    seen = set()
    for flag in instruction.flags:
        name = f"--{flag.name}"
        message = hint = ""
        kind = known.get(flag.name)
        if kind is None:
            message = f"unknown flag: {name}"
            if isinstance(instruction, Cmd | Entrypoint):
                hint = "in exec form, words may start with `--`"
            else:
                hint = _near(flag.name, known, "--")
        elif kind != _MANY and flag.name in seen:
            message = f"duplicate flag specified: {name}"
        elif kind == _SWITCH:
            if flag.has_value and not flag.value:
                message = f"missing a value on flag: {name}"
            elif flag.value.lower() not in ("", "true", "false"):
                message = f"expecting boolean value for flag {name}, not: {flag.value}"
        elif not flag.has_value:
            message = f"missing a value on flag: {name}"
        if message:
            return SyntaxProblem(message, flag.span, "bad-flag", hint)
        seen.add(flag.name)
    return None


def _needs_one(instruction: Instruction) -> SyntaxProblem | None:
    if instruction.arguments.text:
        return None
    message = f"{instruction.keyword} requires exactly one argument"
    return _at(instruction, message, "missing-argument")


def _needs_some(instruction: Instruction) -> SyntaxProblem | None:
    if instruction.arguments.text:
        return None
    message = f"{instruction.keyword} requires at least one argument"
    return _at(instruction, message, "missing-argument")


def _from(instruction: Instruction) -> SyntaxProblem | None:
    assert isinstance(instruction, From)  # noqa: S101 - the table says so
    words = instruction.words
    if not (len(words) == 1 or (len(words) == 3 and instruction.as_keyword is not None)):
        message = "FROM requires either one or three arguments"
        span = instruction.arguments_span if words else None
        hint = "write `FROM image AS name`"
        if len(words) > 1 and words[1].raw.startswith("#"):
            hint = "a comment needs a line of its own"
        return _at(instruction, message, "bad-from", span, hint)
    name = instruction.name
    if name is not None and not _stage_name().match(name.raw.lower()):
        return SyntaxProblem(
            f'invalid name for build stage: "{name.raw}", name can\'t start with a number or'
            " contain symbols",
            name.span,
            "bad-stage-name",
        )
    return None


def _pairs(instruction: Instruction) -> SyntaxProblem | None:
    assert isinstance(instruction, Env | Label)  # noqa: S101
    keyword = instruction.keyword
    if instruction.is_legacy:
        if instruction.pairs:
            return None
        return _at(
            instruction,
            f"{keyword} must have two arguments",
            "missing-argument",
            instruction.arguments_span,
            f"write `{keyword} name=value`",
        )
    for word in instruction.stray_words:
        return SyntaxProblem(
            f'can\'t find = in "{word.raw}". Must be of the form: name=value',
            word.span,
            "bad-pair",
            "put a value with blanks in quotes",
        )
    for pair in instruction.pairs:
        if not pair.name.raw:
            return _at(instruction, f"{keyword} names can not be blank", "blank-name", pair.span)
    return _needs_some(instruction)


def _arg(instruction: Instruction) -> SyntaxProblem | None:
    assert isinstance(instruction, Arg)  # noqa: S101
    for argument in instruction.declared:
        if not argument.name.raw:
            return _at(instruction, "ARG names can not be blank", "blank-name", argument.span)
    return None if instruction.declared else _needs_some(instruction)


def _copy(instruction: Instruction) -> SyntaxProblem | None:
    assert isinstance(instruction, Copy | Add)  # noqa: S101
    if instruction.destination is None:
        return _at(
            instruction,
            f"{instruction.keyword} requires at least two arguments, but only one was provided."
            " Destination could not be determined"
            if instruction.words
            else f"{instruction.keyword} requires at least two arguments",
            "missing-argument",
        )
    if heredoc_word(instruction.destination.raw) is not None:
        return SyntaxProblem(
            f"{instruction.keyword} cannot accept a heredoc as a destination",
            instruction.destination.span,
            "bad-destination",
        )
    return None


def _copy_flags(instruction: Copy | Add) -> SyntaxProblem | None:
    chmod = instruction.chmod
    if chmod is not None and not _is_mode(chmod.value):
        return SyntaxProblem(
            f"invalid chmod parameter: '{chmod.value}'. it should be octal string and between 0"
            " and 07777, or symbolic",
            chmod.value_span,
            "bad-mode",
        )
    if isinstance(instruction, Add):
        checksum = instruction.checksum
        if checksum is None or "$" in checksum.value or _digest().match(checksum.value):
            return None
        return SyntaxProblem(
            f"invalid checksum: {checksum.value}",
            checksum.value_span,
            "bad-checksum",
            "write `--checksum=sha256:…`",
        )
    from_ = instruction.from_
    if from_ is not None and from_.value and expand(from_.value, {}).value != from_.value:
        return SyntaxProblem(
            "variable expansion is not supported for --from",
            from_.value_span,
            "bad-from",
            "define a stage with FROM, using an ARG before the first FROM, and name that",
        )
    return None


def _run(instruction: Instruction) -> SyntaxProblem | None:
    assert isinstance(instruction, Run)  # noqa: S101
    for mount in instruction.mounts:
        if mount.problem and mount.flag.has_value:
            return SyntaxProblem(mount.problem, mount.flag.span, "bad-mount")
    for flag in instruction.flags:
        if flag.has_value and flag.value not in _MODES.get(flag.name, (flag.value,)):
            message = f"invalid {flag.name} mode: {flag.value}"
            return SyntaxProblem(message, flag.span, "bad-flag")
    return None


def _shell(instruction: Instruction) -> SyntaxProblem | None:
    assert isinstance(instruction, Shell)  # noqa: S101
    if instruction.exec:
        return None
    if instruction.exec == () or not instruction.arguments.text:
        message = "SHELL requires at least one argument"
        return _at(instruction, message, "missing-argument")
    return _at(
        instruction,
        "SHELL requires the arguments to be in JSON form",
        "not-json",
        instruction.arguments_span,
        'write `SHELL ["/bin/bash", "-c"]`',
    )


def _volume(instruction: Instruction) -> SyntaxProblem | None:
    assert isinstance(instruction, Volume)  # noqa: S101
    for path in instruction.paths:
        if not path.raw.strip():
            message = "VOLUME specified can not be an empty string"
            return SyntaxProblem(message, path.span, "missing-argument")
    if instruction.paths:
        return None
    return _at(instruction, "VOLUME requires at least one argument", "missing-argument")


def _expose(instruction: Instruction) -> SyntaxProblem | None:
    assert isinstance(instruction, Expose)  # noqa: S101
    for port in instruction.ports:
        # A variable may hold several ports; a range behind it is not known either.
        if "$" not in port.raw and not _is_port(port.value):
            return SyntaxProblem(
                f'invalid port: "{port.raw}"',
                port.span,
                "bad-port",
                "write a number or a range, and `/tcp`, `/udp` or `/sctp`",
            )
    return _needs_some(instruction)


def _signal(instruction: Instruction) -> SyntaxProblem | None:
    assert isinstance(instruction, Stopsignal)  # noqa: S101
    signal = instruction.signal
    if signal is None:
        return _needs_one(instruction)
    if "$" in signal.raw or _is_signal(signal.value):
        return None
    hint = "write a name such as `SIGTERM`, or a number"
    return SyntaxProblem(f"invalid signal: {signal.value}", signal.span, "bad-signal", hint)


def _healthcheck(instruction: Instruction) -> SyntaxProblem | None:
    assert isinstance(instruction, Healthcheck)  # noqa: S101
    kind = instruction.kind
    if kind is None:
        return _needs_some(instruction)
    command = instruction.command_span
    if instruction.none:
        if command.start == command.end:
            return None
        message = "HEALTHCHECK NONE takes no arguments"
        return SyntaxProblem(message, command, "too-many-arguments")
    if kind.raw.upper() != "CMD":
        return SyntaxProblem(
            f'Unknown type "{kind.raw.upper()}" in HEALTHCHECK (try CMD)',
            kind.span,
            "bad-healthcheck",
        )
    if command.start == command.end or instruction.exec == ():
        message = "Missing command after HEALTHCHECK CMD"
        return SyntaxProblem(message, kind.span, "missing-argument")
    return None


def _health_flags(instruction: Healthcheck) -> SyntaxProblem | None:
    if instruction.none:
        return None
    for flag in instruction.flags:
        if flag.name == "retries":
            if flag.value and not _is_count(flag.value):
                message = f"--retries is no number that is 0 or more: {flag.value}"
                return SyntaxProblem(message, flag.value_span, "bad-flag")
        elif flag.value and not _is_duration(flag.value):
            return SyntaxProblem(
                f'invalid duration "{flag.value}"',
                flag.value_span,
                "bad-duration",
                "write a number and a unit: `30s`, `1m30s`",
            )
    return None


def _onbuild(instruction: Instruction) -> SyntaxProblem | None:
    assert isinstance(instruction, Onbuild)  # noqa: S101
    inner = instruction.instruction
    if inner is None:
        return _needs_some(instruction)
    if isinstance(inner, Onbuild):
        message = "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"
        return _at(inner, message, "bad-trigger")
    if inner.keyword in ("FROM", "MAINTAINER"):
        message = f"{inner.keyword} isn't allowed as an ONBUILD trigger"
        return _at(inner, message, "bad-trigger")
    return _problem(inner)


def _more(instruction: Instruction) -> SyntaxProblem | None:
    """Return what comes to light when the instruction is carried out."""
    problem = None
    if isinstance(instruction, Copy | Add):
        problem = _copy_flags(instruction)
    elif isinstance(instruction, Healthcheck):
        problem = _health_flags(instruction)
    if problem is not None:
        return problem
    for part in _expanded(instruction):
        raw = part.value if isinstance(part, Flag) else part.raw
        try:
            read_word(raw, instruction.escape)
        except SubstitutionError as error:
            span = part.value_span if isinstance(part, Flag) else part.span
            return SyntaxProblem(str(error), span, "bad-substitution")
    return None


def _expanded(instruction: Instruction) -> Iterator[Word | Flag]:
    """Yield what variables are expanded in."""
    match instruction:
        case From():
            yield instruction.image
            yield from instruction.flags
        case Copy() | Add():
            yield from instruction.words
            yield from (flag for flag in instruction.flags if flag.name != "from")
        case Env() | Label():
            for pair in instruction.pairs:
                yield pair.name
                yield pair.value
        case Arg():
            for argument in instruction.declared:
                if argument.default is not None:
                    yield argument.default
        case Expose():
            yield from instruction.ports
        case Volume():
            yield from instruction.paths
        case User():
            if instruction.user is not None:
                yield instruction.user
        case Workdir():
            if instruction.path is not None:
                yield instruction.path
        case Stopsignal():
            if instruction.signal is not None:
                yield instruction.signal
        case _:
            return


def _stage_problem(instruction: Instruction, dockerfile: Dockerfile) -> SyntaxProblem | None:
    """Return what is wrong with a stage that *instruction* copies or mounts from."""
    stage = instruction.stage
    if stage is None:
        return None
    if isinstance(instruction, Copy) and instruction.from_ is not None:
        return _source_problem(instruction.from_, instruction.from_.value, stage, dockerfile)
    if isinstance(instruction, Run):
        for mount in instruction.mounts:
            # Here a number is no index.
            if mount.from_ and not mount.from_.isdecimal():
                problem = _source_problem(mount.flag, mount.from_, stage, dockerfile)
                if problem is not None:
                    return problem
    return None


def _source_problem(
    flag: Flag, name: str, stage: Stage, dockerfile: Dockerfile
) -> SyntaxProblem | None:
    source = dockerfile.stage(name)
    if source is None:
        if name.isascii() and name.isdecimal():
            return SyntaxProblem(f"invalid stage index {name}", flag.span, "bad-stage")
        return None
    if source.index < stage.index:
        return None
    which = "itself" if source is stage else "a stage that comes later"
    return SyntaxProblem(f"the stage copies from {which}: {name}", flag.span, "bad-stage")


_CHECKS: dict[type[Instruction], Callable[[Instruction], SyntaxProblem | None]] = {
    Add: _copy,
    Arg: _arg,
    Copy: _copy,
    Env: _pairs,
    Expose: _expose,
    From: _from,
    Healthcheck: _healthcheck,
    KEYWORDS["MAINTAINER"]: _needs_one,
    Label: _pairs,
    Onbuild: _onbuild,
    Run: _run,
    Shell: _shell,
    Stopsignal: _signal,
    User: _needs_one,
    Volume: _volume,
    Workdir: _needs_one,
}


def _is_port(text: str) -> bool:
    *_, port = text.split(":")
    numbers, _, protocol = port.partition("/")
    first, dash, last = numbers.partition("-")
    if protocol.lower() not in ("", "tcp", "udp", "sctp") or not _is_port_number(first):
        return False
    return not dash or (_is_port_number(last) and int(first) <= int(last))


def _is_port_number(text: str) -> bool:
    return _is_count(text) and int(text) <= 65_535


def _is_count(text: str) -> bool:
    digits = text.removeprefix("+")
    return digits.isascii() and digits.isdecimal() and len(digits) < 10


def _is_mode(text: str) -> bool:
    return "$" in text or _mode().match(text) is not None


def _is_duration(text: str) -> bool:
    """Tell whether Go reads *text* as a duration that is nothing, or a millisecond or more."""
    # Nobody writes a longer one, and looking for its end would take the longer.
    if len(text) > 80 or not _duration().match(text):
        return False
    if text.startswith("-"):
        return not re.search("[1-9]", text)
    units = {"ns": 1e-6, "us": 1e-3, "µs": 1e-3, "μs": 1e-3, "ms": 1.0}
    total = sum(
        float(number) * units.get(unit, 1000.0)
        for number, unit in re.findall(r"([0-9.]+)([a-zµμ]+)", text)
    )
    return total == 0 or total >= 1


def _is_signal(text: str) -> bool:
    if text.lstrip("+-").isdecimal():
        return text.strip("+-0") != ""
    name = text.upper().removeprefix("SIG")
    real_time = re.fullmatch(r"RT(MIN|MAX)(?:([+-])([0-9]{1,2}))?", name)
    if real_time is not None:
        if real_time[3] is None:
            return True
        least = real_time[1] == "MIN"
        return (real_time[2] == "+") == least and 1 <= int(real_time[3]) <= (15 if least else 14)
    return name in [
        "ABRT",
        "ALRM",
        "BUS",
        "CHLD",
        "CLD",
        "CONT",
        "FPE",
        "HUP",
        "ILL",
        "INT",
        "IO",
        "IOT",
        "KILL",
        "PIPE",
        "POLL",
        "PROF",
        "PWR",
        "QUIT",
        "SEGV",
        "STKFLT",
        "STOP",
        "SYS",
        "TERM",
        "TRAP",
        "TSTP",
        "TTIN",
        "TTOU",
        "URG",
        "USR1",
        "USR2",
        "VTALRM",
        "WINCH",
        "XCPU",
        "XFSZ",
    ]


@cache
def _stage_name() -> re.Pattern[str]:
    return re.compile(r"[a-z][a-z0-9\-_.]*\Z")


@cache
def _digest() -> re.Pattern[str]:
    return re.compile(r"[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+\Z|\Z")


@cache
def _mode() -> re.Pattern[str]:
    clause = "[augo]*(?:[-+=][rstwXxugo]*)+"
    return re.compile(rf"(?:0*[0-7]{{1,4}}|{clause}(?:,{clause})*)?\Z")


@cache
def _duration() -> re.Pattern[str]:
    return re.compile(r"[+-]?(?:0|(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)\Z")
