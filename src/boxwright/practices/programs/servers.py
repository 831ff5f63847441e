"""What a container starts: a service, a worker, a training run or a notebook, and its port."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from boxwright.practices.programs.arguments import Arguments, parse_arguments
from boxwright.practices.programs.remembered import remembered
from boxwright.practices.programs.runners import Invocation, interpreter_at, invocation
from boxwright.practices.programs.server_forms import (
    ALL_ADDRESSES,
    SHOWN_NAMES,
    Form,
    Kind,
    forms,
)
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord


class ServerCommand(NamedTuple):
    """What a command starts, and how."""

    kind: Kind
    name: str
    """`uvicorn`, `vllm`, `torchrun`, …"""
    host: str
    """The address that it listens on, its own choice if it is not told one; empty for none."""
    host_word: ShellWord | None
    port: int | None
    """None for what listens on no port, and where a variable says it."""
    port_word: ShellWord | None
    """The word that says the port; None where it is the server's own choice."""
    path: str
    """Where it tells how it is, as far as every one of its kind does; empty otherwise."""
    workers: ShellWord | None
    """How many processes or replicas it is told to start."""
    reloading: ShellWord | None
    """What makes it restart as files change."""
    debugging: ShellWord | None
    """What makes it show its inside to whoever provokes an error."""
    is_for_development: bool
    """Whether its own documentation says not to use it for anything else."""
    app: ShellWord | None
    """The application, module, script or model that it runs."""
    command: Command

    @property
    def is_open(self) -> bool:
        """Whether it listens on all addresses, so that a published port reaches it."""
        return self.host in {ALL_ADDRESSES, "::", "*", "[::]"}


@remembered
def server_command(command: Command) -> ServerCommand | None:
    """Return what *command* starts; None for what is no program that stays."""
    started = invocation(command)
    if started is None:
        return None
    form = forms().get(started.name)
    if form is not None:
        return _read(form, started, command)
    if started.name == "python":
        return _script(started, command)
    return None


def _read(form: Form, started: Invocation, command: Command) -> ServerCommand | None:
    options = (*form.hosts, *form.ports, *form.binds, *form.workers, *form.apps)
    names = frozenset(name[2:] for name in options if name.startswith("--"))
    arguments = parse_arguments(
        started.arguments, form.letters, (names - {"bind_all"}) | frozenset(form.values.split())
    )
    operands: Sequence[ShellWord] = arguments.operands
    development = form.is_for_development
    if form.verbs:
        at = next((at for at, word in enumerate(operands) if word.value in form.verbs), None)
        if at is None:
            return _other_verb(form, started, arguments, command)
        operands = operands[at + 1 :]
        if form.name == "lmdeploy":
            operands = operands[1:]
    host, host_word, port, port_word = _address(form, arguments)
    if form.name == "http.server" and operands:
        port, port_word = _number(operands[0]), operands[0]
        operands = operands[1:]
    app = next((value for value in (arguments.value(name) for name in form.apps) if value), None)
    return ServerCommand(
        kind=form.kind,
        name=SHOWN_NAMES.get(form.name, form.name),
        host=host,
        host_word=host_word,
        port=port,
        port_word=port_word,
        path=form.path,
        workers=arguments.value(*form.workers) if form.workers else None,
        reloading=_switched_on(arguments, form.reloads),
        debugging=_switched_on(arguments, form.debugs),
        is_for_development=development,
        app=app if app is not None else (operands[0] if operands else None),
        command=command,
    )


def _other_verb(
    form: Form, started: Invocation, arguments: Arguments, command: Command
) -> ServerCommand | None:
    """Return what is started by the other subcommands of programs that have several kinds."""
    verb = arguments.operands[0].value if arguments.operands else ""
    match form.name, verb:
        case "fastapi", "dev":
            found = _read(form._replace(verbs=("dev",), host="127.0.0.1"), started, command)
            word = next(word for word in started.arguments if word.value == "dev")
            return found._replace(is_for_development=True, reloading=word) if found else None
        case "marimo", "run":
            return _read(form._replace(kind="service", verbs=("run",)), started, command)
        case "airflow", "scheduler" | "triggerer" | "dag-processor" | "celery":
            return _read(_worker(form, verb), started, command)
        case "prefect", "agent" | "worker":
            return _read(_worker(form, verb), started, command)
        case "mlflow", "models" if _second(arguments) == "serve":
            serving = form._replace(verbs=("serve",), values="model-uri env-manager timeout",
                                    letters="hpwm", path="/ping", apps=("-m", "--model-uri"))  # fmt: skip
            return _read(serving, started, command)
        case "jupyter", "" | "console":
            return None
        case "jupyter", "nbconvert" | "execute":
            return _read(form._replace(kind="batch", verbs=(verb,), port=None, host="", path=""),
                         started, command)  # fmt: skip
        case _:
            return None


def _worker(form: Form, verb: str) -> Form:
    return form._replace(
        kind="worker", verbs=(verb,), host="", hosts=(), port=None, ports=(), path=""
    )


def _second(arguments: Arguments) -> str:
    return arguments.operands[1].value if len(arguments.operands) > 1 else ""


def _address(
    form: Form, arguments: Arguments
) -> tuple[str, ShellWord | None, int | None, ShellWord | None]:
    bind = arguments.value(*form.binds) if form.binds else None
    if bind is not None:
        if bind.value.startswith(("unix:", "fd://")) or (
            ":" not in bind.value and "/" in bind.value
        ):
            return "", bind, None, bind
        host, found, port = bind.value.rpartition(":")
        if not found:
            return bind.value, bind, form.port, None
        return host or ALL_ADDRESSES, bind, int(port) if port.isdecimal() else None, bind
    if arguments.has("--bind_all") and form.name == "tensorboard":
        host, host_word = ALL_ADDRESSES, None
    else:
        host_word = arguments.value(*form.hosts) if form.hosts else None
        host = host_word.value if host_word else form.host
    word = arguments.value(*form.ports) if form.ports else None
    return host, host_word, form.port if word is None else _number(word), word


def _number(word: ShellWord) -> int | None:
    """Return the port that *word* says; `${PORT:-8000}` says 8000 unless somebody objects."""
    text = word.value
    if text.startswith("${") and text.endswith("}"):
        text = text[2:-1].partition(":-")[2] or text[2:-1].partition("-")[2]
    return int(text) if text.isdecimal() and len(text) < 6 else None


def _switched_on(arguments: Arguments, names: tuple[str, ...]) -> ShellWord | None:
    option = arguments.option(*names) if names else None
    if option is None:
        return None
    if option.value is not None and option.value.value.lower() in {"false", "0", "no"}:
        return None
    return option.word


def _script(started: Invocation, command: Command) -> ServerCommand | None:
    """Return what a Python file does, by its name: most of all, whether it trains."""
    arguments = started.arguments
    at = interpreter_at(arguments)
    if at >= len(arguments) or arguments[at].value.startswith("-"):
        return None
    script = arguments[at]
    rest = [word.value for word in arguments[at + 1 :]]
    name = script.value.rpartition("/")[2].removesuffix(".py").lower()
    if name == "manage" and "runserver" in rest:
        return _django(arguments, at, command)
    words = set(name.replace("-", "_").split("_"))
    kind: Kind | None = None
    for candidate, found in _SCRIPT_WORDS:
        if words & found or (candidate == "training" and name.startswith(("train", "finetun"))):
            kind = candidate
            break
    if kind is None:
        return None
    options = parse_arguments(arguments[at + 1 :], "p", ("host", "port", "workers"))
    port_word = options.value("--port", "-p") if kind == "service" else None
    host_word = options.value("--host") if kind == "service" else None
    return ServerCommand(
        kind=kind,
        name="python",
        host=host_word.value if host_word else "",
        host_word=host_word,
        port=_number(port_word) if port_word else None,
        port_word=port_word,
        path="",
        workers=None,
        reloading=_switched_on(options, ("--reload",)),
        debugging=_switched_on(options, ("--debug",)),
        is_for_development=False,
        app=script,
        command=command,
    )


_SCRIPT_WORDS: tuple[tuple[Kind, frozenset[str]], ...] = (
    ("training", frozenset({"train", "training", "trainer", "finetune", "pretrain", "sft", "dpo"})),
    ("worker", frozenset({"worker", "consumer", "scheduler", "celery", "beat", "listener"})),
    ("batch", frozenset({"batch", "preprocess", "evaluate", "eval", "etl", "convert", "export"})),
    (
        "service",
        frozenset({"app", "main", "server", "serve", "api", "wsgi", "asgi", "service", "webui"}),
    ),
)
"""What the words of a file's name say, most telling first."""


def _django(arguments: Sequence[ShellWord], at: int, command: Command) -> ServerCommand:
    operands = [word for word in arguments[at + 1 :] if not word.value.startswith("-")]
    address = operands[1] if len(operands) > 1 else None
    host, port = "127.0.0.1", 8000
    if address is not None:
        before, found, number = address.value.rpartition(":")
        host = before if found else host
        port = int(number) if number.isdecimal() else port
    runserver = operands[0]
    return ServerCommand(
        kind="service",
        name="django",
        host=host,
        host_word=address,
        port=port,
        port_word=address,
        path="",
        workers=None,
        reloading=None if "--noreload" in [word.value for word in arguments] else runserver,
        debugging=None,
        is_for_development=True,
        app=arguments[at],
        command=command,
    )
