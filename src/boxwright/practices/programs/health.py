"""What a health check asks, by which tool, and whether it can fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from boxwright.practices.programs.arguments import parse_arguments
from boxwright.practices.programs.downloads import downloads
from boxwright.practices.programs.python_code import Call, PythonCode, python_code
from boxwright.practices.programs.runners import Invocation, invocation
from boxwright.syntax.shell.parse import command_of_words, parse_script
from boxwright.text.joined import Joined
from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command, ShellWord
    from boxwright.text.joined import Word


class Probe(NamedTuple):
    """A health check: `HEALTHCHECK`, a compose `test` or a probe of Kubernetes."""

    tool: str
    """What has to be in the image: `curl`, `wget`, `python`, `nc`, `pg_isready`, …"""
    tool_word: ShellWord
    url: str
    """As it is written; empty for what asks no URL."""
    url_word: ShellWord | None
    """The word that the URL, or else the port, is in."""
    host: str
    port: int | None
    """The one that is asked, that of the scheme if it is not said; None if it is not known."""
    path: str
    fails_on_error: bool
    """Whether an answer such as 500 fails, too."""
    always_succeeds: bool
    """Whether nothing can make it fail: `… || true`."""
    has_exit_status: bool
    """Whether it ends in `|| exit 1`, so that its status is one that engines define."""
    fallback: Command | None
    """The command behind `||`."""
    command: Command

    @property
    def is_local(self) -> bool:
        """Whether it asks the container that it runs in."""
        return self.host in {"", "localhost", "127.0.0.1", "::1", "0.0.0.0", "[::1]"}  # noqa: S104


def probe(commands: Sequence[Command]) -> Probe | None:
    """
    Return what *commands*, those of one health check, ask; None where it is not recognised.

    Of several tools it is the last that counts, since its status is that of the check.
    """
    found: Probe | None = None
    for command in commands:
        asked = _asked(command)
        if asked is not None and (found is None or command.connector != "||"):
            found = asked
    if found is None:
        return None
    return _with_ending(found, commands)


def commands_of_test(words: Sequence[Word]) -> tuple[Command, ...]:
    """
    Return the commands of *words*, the `test` of a compose file.

    A `test` that is one text is a shell's, and comes as `CMD-SHELL` with that text.
    """
    if not words:
        return ()
    match words[0].value:
        case "CMD":
            return command_of_words(words[1:])
        case "CMD-SHELL" if len(words) > 1:
            script = words[1]
            is_quoted = script.raw[:1] in {"'", '"'}
            start = script.span.start + is_quoted
            return parse_script(Joined.of([(script.value, start)], at=start)).commands
        case _:
            return ()


def tools(commands: Sequence[Command]) -> tuple[ShellWord, ...]:
    """Return the words for programs that have to be there for *commands* to run."""
    words = []
    for command in commands:
        name = command.program
        if name and name not in _BUILT_IN and command.words and command.words[0].is_static:
            words.append(command.words[0])
    return tuple(words)


def parsed_url(url: str) -> tuple[str, int | None, str]:
    """
    Return host, port and path of *url*.

    >>> parsed_url("http://localhost:8000/health"), parsed_url("localhost:${PORT:-8080}")
    (('localhost', 8000, '/health'), ('localhost', 8080, '/'))
    """
    scheme, found, rest = url.partition("://")
    if not found:
        scheme, rest = "http", url
    place = next((at for at, letter in enumerate(rest) if letter in "/?#"), len(rest))
    authority, path = rest[:place], rest[place:].partition("#")[0]
    # A default of a variable may have a slash, a colon or an `@`.
    if "${" in authority and "}" not in authority:
        end = rest.find("}", place)
        if end >= 0:
            authority, path = rest[: end + 1], rest[end + 1 :]
    authority = authority.rpartition("@")[2]
    host, port = _host_and_port(authority)
    if port == "":
        number: int | None = {"http": 80, "https": 443}.get(scheme.lower())
    else:
        number = _number(port)
    if not path.startswith("/"):
        path = f"/{path}"
    return host.lower(), number, path


_BUILT_IN = frozenset(
    {
        "[", "[[", "test", "exit", "true", "false", ":", "echo", "printf", "cd", "export", "set",
        "kill", "return", "if", "read", "sh", "exec", "eval", "trap", "wait", "unset", "declare",
        "local", "readonly", "source", ".", "shift", "umask",
    }
)  # fmt: skip
_PORTS = {
    "pg_isready": 5432,
    "psql": 5432,
    "redis-cli": 6379,
    "valkey-cli": 6379,
    "mysqladmin": 3306,
    "mysql": 3306,
    "mariadb-admin": 3306,
    "healthcheck.sh": 3306,
    "mongosh": 27017,
    "mongo": 27017,
    "rabbitmq-diagnostics": 5672,
    "rabbitmqctl": 5672,
    "etcdctl": 2379,
    "clickhouse-client": 9000,
    "cqlsh": 9042,
    "grpc_health_probe": None,
    "grpc-health-probe": None,
    "celery": None,
    "airflow": None,
    "ray": None,
    "mc": None,
    "pgrep": None,
    "ps": None,
    "pidof": None,
    "supervisorctl": None,
    "nvidia-smi": None,
    "ollama": 11434,
    "node": None,
    "http": 80,
    "https": 443,
    "httpie": 80,
    "wget2": 80,
    "xh": 80,
}
"""Tools that fail when what they ask is not well, with the port that they ask."""


def _asked(command: Command) -> Probe | None:
    started = invocation(command)
    if started is None:
        return None
    match started.name:
        case "curl" | "wget":
            return _of_download(started, command)
        case "python":
            return _of_python(started, command)
        case "nc" | "ncat" | "netcat" | "telnet" | "socat":
            return _of_connection(started, command)
        case name if name in _PORTS:
            return _of_client(started, command)
        case _:
            return None


def _of_download(started: Invocation, command: Command) -> Probe | None:
    found = downloads(command)
    if not found:
        return None
    asked = found[-1]
    url = asked.url
    return _of_url(started, command, url, asked.url_word, fails_on_error=asked.fails_on_error)


def _of_url(
    started: Invocation,
    command: Command,
    url: str,
    word: ShellWord | None,
    *,
    fails_on_error: bool,
) -> Probe:
    host, port, path = parsed_url(url)
    return _of(
        started,
        command,
        url=url,
        url_word=word,
        host=host,
        port=port,
        path=path,
        fails_on_error=fails_on_error,
    )


def _of(
    started: Invocation,
    command: Command,
    *,
    url: str = "",
    url_word: ShellWord | None = None,
    host: str = "",
    port: int | None = None,
    path: str = "",
    fails_on_error: bool = True,
) -> Probe:
    return Probe(
        tool=started.name,
        tool_word=command.words[0],
        url=url,
        url_word=url_word,
        host=host,
        port=port,
        path=path,
        fails_on_error=fails_on_error,
        always_succeeds=False,
        has_exit_status=False,
        fallback=None,
        command=command,
    )


def _of_python(started: Invocation, command: Command) -> Probe | None:
    code = python_code(command)
    if code is None:
        # A script of its own, of which nothing is known but that Python runs it.
        return _of(started, command) if started.arguments else None
    word = next((word for word in started.arguments if word.value == code.text), None)
    for call in code.calls:
        argument = call.argument("url", 0)
        if call.name in _PYTHON_CLIENTS and argument is not None:
            url = argument.value if isinstance(argument.value, str) else ""
            url = url or _first_string(argument.text)
            return _of_url(started, command, url, word, fails_on_error=_raises(call, code))
        if call.method in {"HTTPConnection", "HTTPSConnection", "create_connection", "connect"}:
            host, port = _address_of(call)
            return _of(
                started,
                command,
                url_word=word,
                host=host,
                port=port,
                fails_on_error="HTTP" not in call.method or ".status" in code.text,
            )
    return _of(started, command, url_word=word)


_PYTHON_CLIENTS = frozenset(
    {
        "urllib.request.urlopen", "requests.get", "requests.head", "requests.post", "httpx.get",
        "httpx.head", "httpx2.get", "urllib3.request", "urlopen", "aiohttp.request",
    }
)  # fmt: skip


def _raises(call: Call, code: PythonCode) -> bool:
    """Return whether an answer such as 500 makes the code fail; only urllib raises by itself."""
    return call.name.endswith("urlopen") or any(
        sign in code.text for sign in ("raise_for_status", ".status_code", ".ok", ".is_success")
    )


def _first_string(text: str) -> str:
    """Return the first string in an expression: `"http://" + host`, or that of an f-string."""
    for quote in ("'", '"'):
        _, found, rest = text.partition(quote)
        inner, closed, _ = rest.partition(quote)
        if found and closed and "://" in inner:
            return inner
    return ""


def _address_of(call: Call) -> tuple[str, int | None]:
    values = [argument.value for argument in call.arguments]
    if call.arguments and not call.arguments[0].is_literal:
        # A tuple: `create_connection(("localhost", 8000))`.
        host, _, port = call.arguments[0].text.strip("() ").partition(",")
        return host.strip(" '\""), _number(port.strip(" ,"))
    host = values[0] if values and isinstance(values[0], str) else ""
    port_value = values[1] if len(values) > 1 else None
    if isinstance(port_value, int):
        return host, port_value
    name, _, number = host.partition(":")
    return name, _number(number)


def _of_connection(started: Invocation, command: Command) -> Probe | None:
    arguments = parse_arguments(started.arguments, "wWipqsxX")
    operands = arguments.operands
    if started.name == "socat" or not operands:
        return _of(started, command)
    port_word = operands[1] if len(operands) > 1 else None
    return _of(
        started,
        command,
        url_word=port_word or operands[0],
        host=operands[0].value.lower(),
        port=_number(port_word.value) if port_word else None,
        fails_on_error=False,
    )


def _of_client(started: Invocation, command: Command) -> Probe:
    arguments = parse_arguments(
        started.arguments, "hpUdPuaAn", ("host", "port", "username", "dbname", "addr", "user")
    )
    address = next(
        (
            option.value
            for option in arguments.options
            if option.name in {"--addr", "-addr"} and option.value is not None
        ),
        None,
    )
    # Go's flags have one hyphen or two.
    single = next((word for word in started.arguments if word.value.startswith("-addr=")), None)
    text = address.value if address else single.value[6:] if single else ""
    if text:
        host, port, _ = parsed_url(text if "://" in text else f"x://{text}")
        return _of(started, command, url_word=address or single, host=host, port=port)
    port_word = arguments.value("-p", "--port")
    return _of(
        started,
        command,
        url_word=port_word,
        host=arguments.text("-h", "--host"),
        port=_number(port_word.value) if port_word else _PORTS[started.name],
    )


def _with_ending(found: Probe, commands: Sequence[Command]) -> Probe:
    """Return *found* with what comes behind it, which has the last word on the status."""
    fallback = ending = None
    is_behind = False
    for command in commands:
        if command is found.command:
            is_behind = True
        if not is_behind or command.in_substitution or command.pipeline == found.command.pipeline:
            continue
        if command.connector == "||" and fallback is None:
            fallback = command
        if command.connector in {"||", ";", "\n"}:
            ending = command
            if command.program == "exit" and not _succeeds(command):
                break
    always = ending is not None and _succeeds(ending)
    return found._replace(
        always_succeeds=always,
        has_exit_status=ending is not None and ending.program == "exit" and not always,
        fallback=fallback,
    )


def _succeeds(command: Command) -> bool:
    match command.program:
        case "true" | ":" | "echo" | "printf":
            return True
        case "exit":
            return [word.value for word in command.arguments] == ["0"]
        case _:
            return False


def _host_and_port(authority: str) -> tuple[str, str]:
    if authority.startswith("["):
        host, _, rest = authority.partition("]")
        return f"{host}]", rest.removeprefix(":")
    if authority.startswith("${"):
        end = authority.find("}") + 1
        return authority[:end], authority[end:].removeprefix(":")
    host, _, port = authority.partition(":")
    return host, port


def _number(text: str) -> int | None:
    """Return the port that *text* says; `${PORT:-8000}` says 8000 unless somebody objects."""
    if text.startswith("${") and text.endswith("}"):
        text = text[2:-1].partition(":-")[2] or text[2:-1].partition("-")[2]
    return int(text) if text.isdecimal() and len(text) < 6 else None
