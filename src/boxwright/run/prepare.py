"""A project's folder or the name of an image → the container that is to run, and its engine."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from boxwright.build.from_folder import (
    Destination,
    Planned,
    build_folder,
    image_reference,
    plan_folder,
)
from boxwright.errors import EngineError, StoreError
from boxwright.oci.reference import parse_reference
from boxwright.plan.model import Workload
from boxwright.progress import Progress
from boxwright.render.compose.names import project_name
from boxwright.run.client import Client, Host
from boxwright.run.engine_image import EngineImage, read_engine_image
from boxwright.run.from_image import container_of_image
from boxwright.run.from_plan import choose_workload, container_of
from boxwright.run.model import Container
from boxwright.run.session import fitted
from boxwright.run.wishes import Wishes
from boxwright.store import layout
from boxwright.store.cache import Cache
from boxwright.store.engine import require_engine
from boxwright.store.open import Opener
from boxwright.store.saved_stream import SavedStream


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What is to run, and where."""

    client: Client
    host: Host
    container: Container
    notes: tuple[str, ...] = ()
    planned: Planned | None = None
    """The project, where the image is one's."""
    workload: Workload | None = None


def is_project(target: str) -> bool:
    """Return whether *target* is a folder with a project in it rather than an image."""
    path = Path(target).expanduser()
    return bool(target) and path.is_dir() and not layout.is_layout(path)


def prepare_project(
    folder: Path,
    wishes: Wishes,
    *,
    workload: str | None,
    alone: bool,
    only_shown: bool,
    offline: bool,
    jobs: int,
    environ: Mapping[str, str],
    cache: Cache,
    progress: Progress,
) -> Prepared:
    """Plan the project in *folder*, build its image into the engine unless it is *only_shown*."""
    client, host = _engine(environ)
    planned = plan_folder(folder, overrides={}, offline=offline, environ=environ, whole=True)
    chosen_workload = choose_workload(planned.plan, workload)
    reference = image_reference(None, planned.plan)
    # Before the build, so that nobody waits for an image that cannot be run.
    chosen = container_of(
        planned.plan,
        chosen_workload,
        image=reference,
        folder=folder,
        wishes=wishes,
        environ=environ,
        alone=alone,
    )
    container = fitted(chosen.container, host)
    if not only_shown:
        built = build_folder(
            plan_folder(folder, overrides={}, offline=offline, environ=environ),
            Destination(load=True),
            jobs=jobs,
            environ=environ,
            cache=cache,
            progress=progress,
        )
        container = replace(container, image=built.reference)
    return Prepared(
        client=client,
        host=host,
        container=container,
        notes=chosen.notes,
        planned=planned,
        workload=chosen_workload,
    )


def prepare_image(
    name: str,
    wishes: Wishes,
    *,
    only_shown: bool,
    environ: Mapping[str, str],
    progress: Progress,
) -> Prepared:
    """Give the engine the image *name*, if it has not got it, unless it is *only_shown*."""
    client, host = _engine(environ)
    known, image = give_image(client, name, only_if_there=only_shown, progress=progress)
    if _is_place(name) and not wishes.name:
        wishes = replace(wishes, name=_named_for(name))
    chosen = container_of_image(known, image, wishes)
    return Prepared(
        client=client,
        host=host,
        container=fitted(chosen.container, host),
        notes=chosen.notes,
    )


def give_image(
    client: Client, name: str, *, only_if_there: bool = False, progress: Progress
) -> tuple[str, EngineImage]:
    """
    Return by which name the engine knows the image *name*, and what it tells of it.

    It is asked first, then told to pull; layouts, archives, and what it cannot pull itself
    come through our own store.
    """
    engine = client.engine
    if not name or (name.startswith("-") and name != "-"):
        raise EngineError(f"`{name}` is no image", hint="options go before the image's name")
    if not _is_place(name):
        found = read_engine_image(client, name)
        if found is not None:
            return name, found
        if only_if_there:
            raise EngineError(
                f"{engine.name} has no image `{name}`",
                hint=f"`{engine.name} pull {name}` fetches it",
            )
        progress.start(f"pull {name}")
        pulled = client.pull(name)
        progress.finish(f"pull {name}")
        found = read_engine_image(client, name) if pulled.status == 0 else None
        if found is not None:
            return name, found
        why = f"{engine.name} cannot pull it ({pulled.words})"
    else:
        why = ""
    try:
        opened = Opener(environ=engine.environ, progress=progress).open(name)
    except StoreError as error:
        raise EngineError(
            f"there is no image `{name}` to run: {'; '.join(filter(None, (why, error.message)))}",
            hint=error.hint,
        ) from error
    if isinstance(opened, SavedStream):
        known = _load_stream(client, name)
    else:
        reference = None if _is_place(name) else name.partition("@")[0]
        known = engine.load(opened, reference, progress).name
    found = read_engine_image(client, known)
    if found is None:
        raise EngineError(f"{engine.name} does not know `{known}`, which it was given")
    return known, found


def named_apart(container: Container) -> Container:
    """Return *container* under a name that no other has."""
    return replace(container, name=f"{container.name}-{secrets.token_hex(3)}")


def _load_stream(client: Client, name: str) -> str:
    """Let the engine read the packed archive *name* by itself."""
    for prefix in ("oci-archive:", "docker-archive:"):
        name = name.removeprefix(prefix)
    path = Path(name).expanduser()
    if not path.is_file():
        raise EngineError(
            f"`{name}` can only be read once, from front to back",
            hint="write it to a file first, or name an image that the engine has",
        )
    loaded = client.try_("load", "--input", str(path.absolute()), timeout=3600)
    words = loaded.out.strip().splitlines()
    known = words[-1].partition(": ")[2].strip() if words else ""
    if loaded.status or not known:
        raise client.refused(f"load `{name}`", loaded)
    return known


def _is_place(name: str) -> bool:
    """Return whether *name* is a path, or says by a prefix where the image is."""
    if name == "-" or name.startswith(("oci:", "oci-archive:", "docker-archive:", "docker://")):
        return True
    return name.startswith((".", "/", "~")) or Path(name).exists()


def _named_for(place: str) -> str:
    """
    Return how a container of the image at *place* is called.

    >>> _named_for("oci:dist/image:1.0"), _named_for("./out/api.tar"), _named_for("-")
    ('image', 'api', 'app')
    """
    if place.startswith("docker://"):
        return project_name(parse_reference(place[9:]).repository.rpartition("/")[2])[:40]
    path = re.sub("^(oci|oci-archive|docker-archive):", "", place).partition(":")[0]
    return project_name(Path(path).name.removesuffix(".tar"))[:40]


def _engine(environ: Mapping[str, str]) -> tuple[Client, Host]:
    client = Client(engine=require_engine(environ))
    return client, client.host()
