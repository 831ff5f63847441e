"""What an image is for (service, worker, training, notebook, batch), and what servers are known."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.practices.base_images import BaseFacts
    from boxwright.practices.programs.servers import ServerCommand
    from boxwright.syntax.shell.command import Command


class Server(NamedTuple):
    """A server, and what is the same wherever it runs."""

    name: str
    """`vllm`, `postgres`: its name in the table."""
    title: str
    kind: str
    """`service`, `worker` or `notebook`."""
    port: int | None = None
    """Where it listens unless it is told."""
    image_port: int | None = None
    """The same in its own image, where that differs."""
    ports: tuple[int, ...] = ()
    """Further ones: metrics, gRPC, management."""
    host: str = ""
    """The address it listens on unless it is told."""
    ready: str = ""
    """The path that answers only when requests can be served."""
    live: str = ""
    """The path that answers when the process is well."""
    port_env: str = ""
    distributions: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    auth: bool | None = None
    """Whether it asks for a password or token by itself; None where that is not known."""
    slow: bool = False
    """Whether it usually loads a model before it answers."""

    @property
    def health(self) -> str:
        """The path for a health check, empty if there is none for all of its kind."""
        return self.ready or self.live


@functools.cache
def servers() -> Mapping[str, Server]:
    """Return all servers of the table by name."""
    import tomllib

    path = Path(__file__).with_name("data") / "servers.toml"
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        name: Server(
            name=name,
            title=row["title"],
            kind=row["kind"],
            port=row.get("port"),
            image_port=row.get("image_port"),
            ports=tuple(row.get("ports", ())),
            host=row.get("host", ""),
            ready=row.get("ready", ""),
            live=row.get("live", ""),
            port_env=row.get("port_env", ""),
            distributions=tuple(row.get("distributions", ())),
            images=tuple(row.get("images", ())),
            auth=row.get("auth"),
            slow=row.get("slow", False),
        )
        for name, row in document.items()
    }


def server_of_image(name: str) -> Server | None:
    """
    Return the server that the image *name* (without tag) runs by itself.

    >>> server_of_image("vllm/vllm-openai").port, server_of_image("docker.io/library/redis").port
    (8000, 6379)
    """
    name = name.removeprefix("docker.io/").removeprefix("library/")
    return _by_image().get(name)


def server_named(name: str) -> Server | None:
    """Return the server *name*, as the table or a command calls it: `uvicorn`, `ray serve`."""
    return servers().get(name) or servers().get(name.replace(" ", "-"))


def servers_at(port: int) -> tuple[Server, ...]:
    """Return the servers that listen on *port* unless they are told otherwise."""
    return tuple(
        server
        for server in servers().values()
        if port in (server.port, server.image_port) or port in server.ports
    )


@functools.cache
def _by_image() -> Mapping[str, Server]:
    return {image: server for server in servers().values() for image in server.images}


class Kind(NamedTuple):
    """What an image is for."""

    name: str
    """`service`, `worker`, `training`, `notebook`, `batch` or `unknown`."""
    reason: str
    """Why, as a clause: "its CMD starts `uvicorn`"."""


def kind_of(
    *,
    server: ServerCommand | None,
    command: Command | None,
    starts_itself: bool,
    facts: BaseFacts | None,
    has: Callable[[str], bool],
    ports: tuple[int, ...],
) -> Kind:
    """
    Return what an image is for.

    *server* is what it starts, if that is known to stay, *command* what it starts anyway;
    *starts_itself* whether its own Dockerfile says what to start; *has* tells whether a
    Python distribution is in it.
    """
    # A shell from outside is a way in, and no service.
    ports = tuple(port for port in ports if port != _SSH)
    if server is not None and not (server.name == "python" and server.kind == "service"):
        what = server.app.value if server.name == "python" and server.app else server.name
        return Kind(server.kind, f"it starts `{what}`")
    if command is None and not starts_itself:
        if facts is not None and facts.kind:
            named = servers().get(facts.server)
            return Kind(facts.kind, f"its base starts {named.title}" if named else "its base does")
        if has("jupyterlab") or has("notebook"):
            return Kind("notebook", "Jupyter is installed and nothing else is started")
    web = next((name for name in _web() if has(name)), None)
    is_python = command is not None and command.program.startswith(("python", "uv", "poetry"))
    if is_python or command is None:
        if web is not None:
            return Kind("service", f"{web} is installed")
        if ports and command is not None:
            return Kind("service", f"it exposes port {ports[0]}")
    if server is not None and server.app is not None:
        if _stem(server.app.value) not in {"main", "app"}:
            return Kind("service", f"it starts `{server.app.value}`")
    elif command is not None and command.program in _BATCH:
        return Kind("batch", f"it starts `{command.program}`")
    if ports:
        return Kind("service", f"it exposes port {ports[0]}")
    return Kind("unknown", "nothing says what it starts")


_SSH = 22
_BATCH = frozenset({"pytest", "dvc", "papermill", "nbconvert", "snakemake", "nextflow", "luigi"})


def _stem(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".py").lower()


@functools.cache
def _web() -> tuple[str, ...]:
    """Return the distributions that are there because something serves."""
    found = [
        name
        for server in servers().values()
        if server.kind == "service"
        for name in server.distributions
    ]
    return tuple(dict.fromkeys([*found, "fastapi", "starlette", "sanic", "aiohttp", "litestar"]))
