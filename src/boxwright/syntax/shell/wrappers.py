"""Programs that do nothing but start another one, and scripts inside of words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from boxwright.syntax.shell.command import Assignment, ShellWord
from boxwright.text.record import NamedTuple
from boxwright.text.source import Span


class Unwrapped(NamedTuple):
    """What is left of a command without its wrappers."""

    start: int
    """The word that names the program."""
    wrappers: tuple[str, ...] = ()
    assignments: tuple[Assignment, ...] = ()


class InnerScript(NamedTuple):
    """A word of a command that is a script, or several that `eval` joins."""

    first: int
    end: int
    errexit: bool = False
    pipefail: bool = False


def program_of(word: ShellWord) -> str:
    """Return the last part of the path in *word*, "" where that is not written there."""
    _, _, name = word.value.rpartition("/")
    if word.is_static:
        return name
    # `$VIRTUAL_ENV/bin/pip` says what it runs, `${TOOL:-/usr/bin/pip}` does not.
    is_known = "(" not in word.value and not any(character in name for character in "$`}")
    return name if is_known else ""


def unwrap(words: Sequence[ShellWord]) -> Unwrapped:
    """Find the program that *words* start in the end."""
    start = 0
    wrappers: list[str] = []
    assignments: list[Assignment] = []
    while start < len(words):
        name = program_of(words[start])
        wrapper = _wrappers().get(name)
        if wrapper is None:
            break
        at = start + 1
        if wrapper.subcommand:
            at = _after_options(words, at, wrapper.valued, frozenset())
            if at >= len(words) or words[at].value != wrapper.subcommand:
                break
            name = f"{name} {wrapper.subcommand}"
            at += 1
        at = _after_options(words, at, wrapper.valued, wrapper.stops)
        if at < 0:
            break
        found: list[Assignment] = []
        while wrapper.assigns and at < len(words):
            assignment = assignment_in(words[at])
            if assignment is None:
                break
            found.append(assignment)
            at += 1
        at += wrapper.operands
        if at < len(words) and words[at].value == "--":
            at += 1
        if at >= len(words):
            break
        start = at
        wrappers.append(name)
        assignments += found
    return Unwrapped(start, tuple(wrappers), tuple(assignments))


def assignment_in(word: ShellWord) -> Assignment | None:
    """Return the assignment that *word* is, as an argument of `env` or `export`."""
    name, equals, value = word.raw.partition("=")
    name = name.removesuffix("+")
    if not equals or not name.isidentifier():
        return None
    start, end = word.span
    # A continuation inside of the word makes its place longer than its text.
    value_start = start + len(word.raw) - len(value)
    if end - start != len(word.raw):
        value_start = min(value_start, end)
    # The quotes of the value are those of the word, whose value is known already.
    text = word.value[len(word.value.partition("=")[0]) + 1 :]
    span = Span(value_start, end)
    return Assignment(name, ShellWord(value, text, span, word.is_static, word.variables), word.span)


def inner_script(
    program: str, words: Sequence[ShellWord], *, has_stdin: bool
) -> InnerScript | None:
    """
    Return the script that a command hands to a shell; *words* include the program.

    One without words is the script that comes by a heredoc.
    """
    if program in _SHELLS:
        return _shell_script(words, has_stdin=has_stdin)
    if program == "eval" and len(words) > 1:
        return InnerScript(1, len(words))
    if program in {"su", "runuser"}:
        for at, word in enumerate(words[1:-1], start=1):
            is_cluster = word.value.startswith("-") and word.value[1:].isalpha()
            if word.value == "--command" or (is_cluster and word.value.endswith("c")):
                return InnerScript(at + 1, at + 2)
    return None


def inner_commands(program: str, words: Sequence[ShellWord]) -> tuple[tuple[int, int], ...]:
    """Return where the commands are that `xargs` and `find` start."""
    if program == "xargs":
        at = _after_options(words, 1, _XARGS, frozenset())
        return ((at, len(words)),) if at < len(words) else ()
    if program != "find":
        return ()
    result = []
    start = 0
    for at, word in enumerate(words):
        if word.value in {"-exec", "-execdir", "-ok"}:
            start = at + 1
        elif start and word.value in {";", "+"}:
            if at > start:
                result.append((start, at))
            start = 0
    return tuple(result)


_SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "rbash"})
_XARGS = frozenset(
    {
        "-a", "-d", "-E", "-I", "-L", "-n", "-P", "-s", "--arg-file", "--delimiter",
        "--max-args", "--max-lines", "--max-procs", "--max-chars", "--process-slot-var",
    }
)  # fmt: skip


def _shell_script(words: Sequence[ShellWord], *, has_stdin: bool) -> InnerScript | None:
    is_command = errexit = pipefail = False
    at = 1
    while at < len(words):
        value = words[at].value
        if value in {"-", "--"}:
            at += 1
            break
        if value[:1] not in {"-", "+"}:
            break
        at += 1
        if value.startswith("--"):
            at += value in {"--rcfile", "--init-file"}
            continue
        is_on = value[0] == "-"
        is_command |= "c" in value
        errexit |= is_on and "e" in value
        if ("o" in value or "O" in value) and at < len(words):
            pipefail |= is_on and words[at].value == "pipefail"
            errexit |= is_on and words[at].value == "errexit"
            at += 1
    if is_command:
        return InnerScript(at, at + 1, errexit, pipefail) if at < len(words) else None
    return InnerScript(0, 0, errexit, pipefail) if has_stdin and at >= len(words) else None


def _after_options(
    words: Sequence[ShellWord], at: int, valued: frozenset[str], stops: frozenset[str]
) -> int:
    """Return the first word behind the options from *at* on; -1 where one of *stops* is there."""
    while at < len(words):
        value = words[at].value
        if value == "--":
            return at + 1
        if not value.startswith("-") or value == "-":
            return at
        if value in stops:
            return -1
        at += 2 if value in valued else 1
    return at


class _Wrapper(NamedTuple):
    valued: frozenset[str] = frozenset()
    """The options with a value in the next word."""
    operands: int = 0
    """The words between its options and the program."""
    assigns: bool = False
    """Whether `NAME=value` may come before the program."""
    stops: frozenset[str] = frozenset()
    """The options with which it starts nothing, or a shell."""
    subcommand: str = ""


@cache
def _wrappers() -> dict[str, _Wrapper]:
    def options(text: str) -> frozenset[str]:
        return frozenset(text.split())

    plain = _Wrapper()
    user = _Wrapper(operands=1)
    conda = _Wrapper(options("-n -p --name --prefix --cwd -r --root-prefix"), subcommand="run")
    project = _Wrapper(options("-p --project -C --directory -e --env"), subcommand="run")
    return {
        **dict.fromkeys(
            (
                "nohup", "setsid", "builtin", "busybox", "catatonit", "eatmydata", "fakeroot",
                "unbuffer", "chronic", "linux32", "linux64", "ddtrace-run",
            ),
            plain,
        ),
        **dict.fromkeys(("gosu", "su-exec", "s6-setuidgid", "chroot", "setarch"), user),
        **dict.fromkeys(("conda", "mamba", "micromamba", "pixi"), conda),
        **dict.fromkeys(("poetry", "pdm", "pipenv", "rye"), project),
        "uv": _Wrapper(
            options(
                "--with --with-requirements --with-editable --extra --group --no-group"
                " --only-group -p --python -i --index --default-index --index-url"
                " --extra-index-url --project --directory --package --env-file --cache-dir"
            ),
            stops=options("-m --module"),
            subcommand="run",
        ),
        "env": _Wrapper(
            options("-u --unset -C --chdir"), assigns=True, stops=options("-S --split-string")
        ),
        "sudo": _Wrapper(
            options("-u -g -h -p -C -T -r -t -U -D -R --user --group --host --chdir"),
            assigns=True,
            stops=options("-l -v -e -k -K -V --list --validate --edit"),
        ),
        "doas": _Wrapper(options("-u -C")),
        "time": _Wrapper(options("-f -o --format --output")),
        "nice": _Wrapper(options("-n --adjustment")),
        "ionice": _Wrapper(options("-c -n --class --classdata"), stops=options("-p -P -u --pid")),
        "exec": _Wrapper(options("-a")),
        "command": _Wrapper(stops=options("-v -V")),
        "stdbuf": _Wrapper(options("-i -o -e --input --output --error")),
        "timeout": _Wrapper(options("-s -k --signal --kill-after"), operands=1),
        "flock": _Wrapper(options("-w -E --timeout"), operands=1, stops=options("-u")),
        "chrt": _Wrapper(operands=1),
        "taskset": _Wrapper(options("-c --cpu-list")),
        "numactl": _Wrapper(options("-m -N -C -i -p --membind --cpunodebind --physcpubind")),
        "setpriv": _Wrapper(
            options(
                "--reuid --regid --groups --inh-caps --ambient-caps --bounding-set"
                " --securebits --pdeathsig --selinux-label --apparmor-profile"
            )
        ),
        "runuser": _Wrapper(
            options("-u -g -G --user --group"), stops=options("-c -l - --command --login")
        ),
        "tini": _Wrapper(options("-p -e")),
        "docker-init": _Wrapper(options("-p -e")),
        "dumb-init": _Wrapper(options("-r --rewrite")),
        "chpst": _Wrapper(options("-u -U -b -e -d -n -l -L -m -o -p -f -c -r -t -/")),
        "xvfb-run": _Wrapper(options("-e -f -n -p -s -w --server-args --server-num")),
        "opentelemetry-instrument": _Wrapper(options("--traces_exporter --metrics_exporter")),
    }  # fmt: skip
