"""How a Jupyter server is told whom to let in: by options, files and variables."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from boxwright.practices.programs.runners import invocation
from boxwright.text.record import NamedTuple
from boxwright.text.source import Span

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import Command
    from boxwright.text.joined import Joined


class JupyterSetting(NamedTuple):
    """A setting of the server, by whatever name and way it is set."""

    name: str
    """`token`, `password`, `ip`, `port`, `allow_root`, `allow_origin`, `disable_check_xsrf`, …"""
    value: str
    """Without quotes; `True` and `False` as Python writes them. A token is not to be shown."""
    written: str
    """The name as it stands there: `--NotebookApp.token`, `c.ServerApp.token`."""
    span: Span

    @property
    def is_open(self) -> bool:
        """Whether it lets in who should not be let in."""
        match self.name:
            case "token" | "password" | "hashed_password":
                return self.value in {"", "None"}
            case "allow_root" | "disable_check_xsrf" | "allow_unauthenticated_access":
                return self.value == "True"
            case "allow_origin":
                return self.value == "*"
            case "allow_origin_pat":
                return self.value in {".*", "^.*$", ".+"}
            case "ip":
                return self.value in {"0.0.0.0", "*", "::", ""}  # noqa: S104 (what is looked for)
            case _:
                return False


def is_jupyter(command: Command) -> bool:
    """Return whether *command* starts a notebook server, or what starts one."""
    started = invocation(command)
    if started is None:
        return False
    if started.name in _SERVERS:
        return True
    verbs = {word.value for word in started.arguments if not word.value.startswith("-")}
    return started.name == "jupyter" and bool(
        verbs & {"lab", "notebook", "server", "nbclassic", "labhub", "voila"}
    )


def jupyter_settings(command: Command) -> tuple[JupyterSetting, ...]:
    """
    Return the settings in *command*: options of a server, or lines written to its file.

    The lines may come by `echo`, `printf` or a heredoc, wherever they go.
    """
    found: list[JupyterSetting] = []
    if is_jupyter(command):
        found.extend(_options(command))
    elif command.program in {"echo", "printf", "sed", "tee", "cat"}:
        for word in command.arguments:
            if "App." in word.value or "IdentityProvider." in word.value:
                found.extend(
                    setting._replace(span=word.span) for setting in _lines(word.value, word.span)
                )
    if command.stdin is not None:
        found.extend(settings_of_file(command.stdin))
    found.extend(
        setting
        for assignment in command.assignments
        for setting in (setting_of_variable(assignment.name, assignment.value.value),)
        if setting is not None
    )
    return tuple(found)


def settings_of_file(content: Joined) -> tuple[JupyterSetting, ...]:
    """Return the settings in *content*, a `jupyter_server_config.py` or `.json`."""
    text = content.text
    if "App" not in text and "IdentityProvider" not in text:
        return ()
    return tuple(_lines(text, None, content))


def setting_of_variable(name: str, value: str) -> JupyterSetting | None:
    """Return the setting that the variable *name* makes with *value*; its place is empty."""
    known = _VARIABLES.get(name)
    if known is None:
        return None
    return JupyterSetting(known, value, name, Span(0, 0))


_SERVERS = frozenset(
    {
        "jupyter-lab", "jupyter-notebook", "jupyter-server", "jupyterlab", "notebook", "nbclassic",
        "jupyterhub-singleuser", "start-notebook.sh", "start-notebook.py", "start-singleuser.sh",
        "start-singleuser.py", "start.sh",
    }
)  # fmt: skip
_APPS = frozenset(
    {"NotebookApp", "ServerApp", "LabApp", "IdentityProvider", "PasswordIdentityProvider",
     "ExtensionApp", "SingleUserNotebookApp", "SingleUserLabApp", "JupyterHub", "ServerWebApplication"}
)  # fmt: skip
_VARIABLES = {
    "JUPYTER_TOKEN": "token",
    "JUPYTER_PORT": "port",
}
_FLAGS = {
    "--allow-root": "allow_root",
    "--no-browser": "no_browser",
}
_SHORT = {
    "--ip": "ip",
    "--port": "port",
    "--notebook-dir": "root_dir",
    "--certfile": "certfile",
    "--keyfile": "keyfile",
}
_TRUE = frozenset({"true", "1", "yes", "on"})


def _options(command: Command) -> Iterator[JupyterSetting]:
    words = command.arguments
    for at, word in enumerate(words):
        text, equals, value = word.value.partition("=")
        if text in _FLAGS and (not equals or value.lower() in _TRUE):
            yield JupyterSetting(_FLAGS[text], "True", text, word.span)
            continue
        if not text.startswith("-"):
            continue
        name = _SHORT.get(text, "")
        if not name:
            app, dot, trait = text.lstrip("-").rpartition(".")
            if not dot or app not in _APPS:
                continue
            name = trait
        span = word.span
        if not equals:
            following = words[at + 1] if at + 1 < len(words) else None
            if following is None or following.value.startswith("-"):
                value = "True"
            else:
                value, span = following.value, Span(span.start, following.span.end)
        yield JupyterSetting(name, _plain_value(value), text, span)


def _lines(text: str, span: Span | None, content: Joined | None = None) -> Iterator[JupyterSetting]:
    section = ""
    start = 0
    # What `echo` makes new lines of; two characters stay two, so that places stay right.
    for line in text.replace("\\n", " \n").split("\n"):
        place = span or (content.span(start, start + len(line)) if content else Span(0, 0))
        stripped = line.lstrip(" \t'\"")
        if not stripped.startswith("#"):
            matches = [match for match in _python_line().finditer(line) if match["app"] in _APPS]
            for match in matches:
                name = f"c.{match['app']}.{match['trait']}"
                at = _at(match, start, content, place)
                yield JupyterSetting(match["trait"], _plain_value(match["value"]), name, at)
            if not matches:
                opened = _json_section().search(line)
                if opened is not None:
                    section = opened["app"] if opened["app"] in _APPS else ""
                for pair in _json_pair().finditer(line) if section else ():
                    at = _at(pair, start, content, place)
                    name = f"{section}.{pair['trait']}"
                    yield JupyterSetting(pair["trait"], _plain_value(pair["value"]), name, at)
        start += len(line) + 1


def _at(match: re.Match[str], start: int, content: Joined | None, place: Span) -> Span:
    if content is None:
        return place
    return content.span(start + match.start(), start + match.end())


def _plain_value(text: str) -> str:
    value = text.strip().rstrip(",;").strip()
    if value[:1] in {"u", "b", "r", "f"} and value[1:2] in {"'", '"'}:
        value = value[1:]
    for quote in ("'", '"'):
        if len(value) > 1 and value[0] == value[-1] == quote:
            value = value[1:-1]
    lowered = value.lower()
    if lowered in {"true", "false"}:
        return lowered.capitalize()
    return "None" if lowered == "null" else value


@functools.cache
def _python_line() -> re.Pattern[str]:
    return re.compile(
        r"(?:c|get_config\(\))\.(?P<app>\w+)\.(?P<trait>\w+)[ \t]*=[ \t]*"
        r"(?P<value>[urbf]?'[^'\n]*'|[urbf]?\"[^\"\n]*\"|[^\s#;]+)"
    )


@functools.cache
def _json_section() -> re.Pattern[str]:
    return re.compile(r"[\"'](?P<app>\w+)[\"']\s*:\s*\{")


@functools.cache
def _json_pair() -> re.Pattern[str]:
    return re.compile(
        r"\"(?P<trait>\w+)\"\s*:\s*(?P<value>\"[^\"]*\"|true|false|null|[0-9]+)", re.IGNORECASE
    )
