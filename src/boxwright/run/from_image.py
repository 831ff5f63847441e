"""An image that an engine has → container, as hard as an image is run of which no plan tells."""

from __future__ import annotations

from boxwright.errors import EngineError, StoreError
from boxwright.oci.reference import parse_reference
from boxwright.plan.model import Resources
from boxwright.render.compose.names import project_name
from boxwright.run.engine_image import EngineImage
from boxwright.run.from_plan import Chosen
from boxwright.run.model import CLOSED, NO_NETWORK, Container, Port
from boxwright.run.wishes import Wishes, numeric, scratch_for

_USUAL = Resources(cpus=2, memory=2 << 30, pids=512)
"""What a container may use of which nobody said anything."""


def container_of_image(name: str, image: EngineImage, wishes: Wishes) -> Chosen:
    """
    Return *image*, which the engine knows as *name*, as a container.

    EngineError where its process would be root's and nobody asked for that.
    """
    if image.is_root and not wishes.user:
        raise EngineError(
            f"`{name}` runs as root",
            hint="run it as nobody in particular with `--user 65532`, or give the image a user:"
            " `boxwright rule root-user-in-image` says how",
        )
    resources = wishes.resources(_USUAL)
    ports = wishes.ports or tuple(Port(inside=port, outside=port) for port in image.ports)
    network = wishes.network or ("published" if ports else NO_NETWORK)
    is_changed = bool(wishes.command or wishes.entrypoint)
    notes = []
    user = wishes.user or image.user
    if not numeric(user).partition(":")[0].isdigit():
        notes.append(f"`{name}` names its user `{user}`, and who that is shows only inside it")
    if wishes.user and _is_root(wishes.user):
        notes.append("the container runs as root, because `--user` says so")
    container = wishes.added_to(
        Container(
            image=name,
            name=wishes.name or _name(name),
            entrypoint=(wishes.entrypoint,) if wishes.entrypoint else (),
            command=wishes.command,
            user=numeric(wishes.user or image.user),
            scratch=(scratch_for(resources.memory),),
            ports=() if network == NO_NETWORK else ports,
            network=CLOSED if network == "published" else network,
            resources=resources,
            health=None if is_changed else image.health,
            tells_engine=not is_changed and image.health is not None,
            is_checked=not is_changed or image.health is None,
            needs_init=not image.has_init and _is_shell(image),
            kind="service" if ports or image.health else "job",
        )
    )
    return Chosen(container=container, notes=tuple(notes))


def _is_root(user: str) -> bool:
    name = user.partition(":")[0]
    return name == "root" or (name.isdigit() and int(name) == 0)


def _is_shell(image: EngineImage) -> bool:
    """Return whether the image's first process is a shell, which collects and passes on nothing."""
    return bool(image.process) and image.process[0].rpartition("/")[2] in ("sh", "bash", "dash")


def _name(text: str) -> str:
    """Return how a container of the image *text* is called."""
    try:
        path = parse_reference(text).repository
    except StoreError:
        path = text
    return project_name(path.rpartition("/")[2])[:40]
