"""A project's folder → Plan, Lock, Image, and to where it is wanted: the whole way."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from boxwright.build.from_plan import Inputs, build_image
from boxwright.debian.suite import own_architecture
from boxwright.errors import BoxwrightError, BuildError, PlanError, ProjectError, SettingsError
from boxwright.image.image import Image
from boxwright.image.index import ImageIndex, make_index
from boxwright.lock.compiling import compiling_part
from boxwright.lock.make import make_lock
from boxwright.lock.model import Lock, PlatformLock
from boxwright.lock.sources import Sources
from boxwright.oci.digest import Digest
from boxwright.oci.document import parse_document
from boxwright.oci.manifest import Manifest
from boxwright.oci.reference import parse_reference
from boxwright.plan.make import make_plan, wanted_platforms
from boxwright.plan.model import Notice, Plan
from boxwright.plan.unclear import only_members
from boxwright.progress import Labelled, Progress
from boxwright.project.detectors.metadata import image_name
from boxwright.project.facts import Member, Project
from boxwright.project.inspect import inspect, open_tree
from boxwright.project.own import without_services_below
from boxwright.project.revision import Revision, read_revision
from boxwright.project.settings_file import read_settings
from boxwright.project.tree import Tree
from boxwright.project.workspace import find_workspace
from boxwright.settings import Settings
from boxwright.store.cache import Cache

if TYPE_CHECKING:
    from boxwright.store.layout import Attachment

DEFAULT_OUTPUT = Path("dist", "image")
"""Where an image goes when nobody says where, relative to the project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A project, what is to be built of it, and where its parts come from."""

    folder: Path
    settings: Settings
    tree: Tree
    plan: Plan
    sources: Sources
    platforms: tuple[str, ...]
    """What images are wanted for, that of *plan* first: the plans differ in nothing else."""

    def each(self) -> tuple[Planned, ...]:
        """Return what is to be built for each of the platforms."""
        return tuple(
            replace(self, plan=replace(self.plan, platform=platform)) for platform in self.platforms
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What a folder holds: one project, or several that are planned each for itself."""

    name: str
    """What all of it is called."""
    planned: tuple[Planned, ...]
    members: tuple[Member, ...] = ()
    """Why each of *planned* is there, in their order; empty where the folder is the project."""
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """
    Where the image goes: into the engine (*load*), or to the layout or archive *output*.

    With *sbom* a layout tells what is in the image, with *provenance* how it came to be;
    archives and engines keep nothing beside it.
    """

    tag: str | None = None
    output: Path | None = None
    load: bool = False
    sbom: bool = True
    provenance: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A finished image, or one for each of several platforms, and where it was put."""

    plan: Plan
    images: tuple[Image, ...]
    index: ImageIndex | None
    """What holds the *images* together, where several were asked for."""
    lock: Lock
    revision: Revision | None
    reference: str
    """`name:tag`."""
    output: Path | None
    engine: str
    """The program of the engine that it was loaded into, if it was."""

    @property
    def name(self) -> str:
        """The reference without its tag."""
        return self.reference.rpartition(":")[0]

    @property
    def content(self) -> Image | ImageIndex:
        """What the reference names."""
        return self.index or self.images[0]

    @property
    def digest(self) -> Digest:
        """The digest of what the reference names."""
        return self.content.digest


def plan_folder(
    folder: Path,
    *,
    overrides: Mapping[str, str | None],
    offline: bool,
    environ: Mapping[str, str],
    whole: bool = False,
) -> Planned:
    """
    Return the plan of the project in *folder*.

    *overrides* are settings that the caller knows better: `platform`, `variant`, `base`,
    `python` and `bytecode`, None for those that it does not. Several platforms have commas
    between them. With *whole* what `.dockerignore` leaves
    out is looked at too: data, notebooks and tests stand around the image.
    """
    settings, tree, project = _look(folder, overrides, whole=whole)
    return _planned(folder, settings, tree, project, overrides, offline=offline, environ=environ)


def plan_group(
    folder: Path,
    *,
    overrides: Mapping[str, str | None],
    offline: bool,
    environ: Mapping[str, str],
) -> Group:
    """
    Return the plan of the project in *folder*, or those of its members.

    They are planned where nothing is to be started at the top, but in folders that are
    projects of their own. One that cannot be planned is told of; PlanError where none can.
    """
    settings, tree, project = _look(folder, overrides, whole=True)
    if settings.entrypoint is not None or only_members(project) is None:
        planned = _planned(
            folder, settings, tree, project, overrides, offline=offline, environ=environ
        )
        return Group(name=planned.plan.name, planned=(planned,))
    found: list[tuple[Member, Planned]] = []
    failures: list[BoxwrightError] = []
    notices: list[Notice] = []
    for member in project.members:
        if not member.is_service:
            continue
        try:
            planned = plan_folder(
                folder / member.path,
                overrides=overrides,
                offline=offline,
                environ=environ,
                whole=True,
            )
        except (PlanError, ProjectError) as error:
            failures.append(error)
            text = f"`{member.path}` is left out: {error.message}"
            notices.append(Notice(text=text, hint=error.hint, evidence=(member.evidence,)))
        else:
            found.append((member, planned))
    if not found:
        raise failures[0]
    return Group(
        name=image_name(settings.name or project.name.value),
        planned=tuple(planned for _, planned in found),
        members=tuple(member for member, _ in found),
        notices=tuple(notices),
    )


def _look(
    folder: Path, overrides: Mapping[str, str | None], *, whole: bool
) -> tuple[Settings, Tree, Project]:
    settings = read_settings(folder)
    if overrides.get("bytecode"):
        settings = replace(settings, bytecode=overrides["bytecode"])
    if overrides.get("python"):
        settings = replace(settings, python=overrides["python"])
    tree = open_tree(folder, settings, whole=whole)
    return settings, tree, inspect(tree, settings, workspace=find_workspace(folder))


def _planned(
    folder: Path,
    settings: Settings,
    tree: Tree,
    project: Project,
    overrides: Mapping[str, str | None],
    *,
    offline: bool,
    environ: Mapping[str, str],
) -> Planned:
    asked, default = overrides.get("platform"), _own_platform(platform.machine())
    plan = make_plan(
        without_services_below(project),
        settings,
        platform=asked,
        variant=overrides.get("variant"),
        base=_base(overrides.get("base"), folder),
        default_platform=default,
    )
    return Planned(
        folder=folder,
        settings=settings,
        tree=tree,
        plan=plan,
        sources=Sources(settings=settings, folder=folder, environ=environ, offline=offline),
        platforms=wanted_platforms(asked, settings, default),
    )


def lock_planned(
    planned: Planned, *, upgrade: bool = False, cache: Cache, progress: Progress
) -> Lock:
    """Return what *planned* is locked to, written to `boxwright.lock` where it is new."""
    return make_lock(
        planned.plan,
        planned.tree,
        planned.folder,
        sources=planned.sources,
        cache=cache,
        upgrade=upgrade,
        platforms=planned.platforms,
        architecture=own_architecture(),
        progress=progress,
    )


def build_folder(
    planned: Planned,
    destination: Destination,
    *,
    jobs: int,
    environ: Mapping[str, str],
    cache: Cache,
    progress: Progress,
) -> Built:
    """
    Lock *planned* if need be, build its image and put it to its *destination*.

    An engine gets the image for this machine, and no other is built. Else as `build_images`.
    """
    engine = None
    if destination.load:
        # Before the work, so that nobody waits for an image that has nowhere to go.
        from boxwright.store.engine import require_engine

        engine = require_engine(environ)
        planned = _only_here(planned, progress)
    built = build_images(
        planned,
        tag=destination.tag,
        jobs=jobs,
        environ=environ,
        cache=cache,
        progress=progress,
    )
    if engine is not None:
        engine.load(built.images[0], built.reference, progress)
        return replace(built, engine=engine.program)
    output = destination.output or planned.folder / DEFAULT_OUTPUT
    if output.suffix == ".tar":
        from boxwright.store import archive

        archive.write(output, built.content, built.reference, cache=cache, progress=progress)
    else:
        from boxwright.store import layout

        layout.write(output, built.content, built.reference, progress=progress)
        attachments = attachments_of_all(
            planned,
            built,
            sbom=destination.sbom,
            provenance=destination.provenance,
            cache=cache,
        )
        layout.attach(output, built.content, attachments)
    return replace(built, output=output)


def build_images(
    planned: Planned,
    *,
    tag: str | None,
    jobs: int,
    environ: Mapping[str, str],
    cache: Cache,
    progress: Progress,
) -> Built:
    """
    Lock *planned* if need be, and build its image, which goes nowhere yet.

    For several platforms it is an image for each, and an index of them. *jobs* processes at
    most work at once; their number changes no byte of the image.
    """
    reference = image_reference(tag, planned.plan)
    cache.sweep()
    for notice in planned.plan.notices:
        progress.note(f"{notice.text}; {notice.hint}" if notice.hint else notice.text)
    lock = lock_planned(planned, cache=cache, progress=progress)
    wanted = planned.each()
    _check_runs_here(wanted)
    application = planned.plan.application
    revision = read_revision(planned.folder, (*application.files, *application.models))
    inputs = Inputs(
        folder=planned.folder,
        tree=planned.tree,
        revision=revision,
        epoch=_epoch(environ),
        sources=planned.sources,
        allowed_secrets=planned.settings.allow_secrets,
        jobs=jobs,
    )
    images = []
    for one in wanted:
        part = lock.part(one.plan.platform)
        image = build_image(
            one.plan,
            part,
            replace(inputs, compiler=_compiler(lock, part)),
            cache=cache,
            progress=Labelled(progress, part.platform) if wanted[1:] else progress,
        )
        images.append(image)
    return Built(
        plan=planned.plan,
        images=tuple(images),
        index=_index(images) if len(wanted) > 1 else None,
        lock=lock,
        revision=revision,
        reference=reference,
        output=None,
        engine="",
    )


def attachments_of_all(
    planned: Planned, built: Built, *, sbom: bool, provenance: bool, cache: Cache
) -> tuple[Attachment, ...]:
    """Return what there is to tell of each of the images of *built*, as far as settings want it."""
    from boxwright.build.attached import attachments_of

    return tuple(
        attachment
        for one, image in zip(planned.each(), built.images, strict=True)
        for attachment in attachments_of(
            one.plan,
            built.lock.part(one.plan.platform),
            image,
            built.revision,
            sbom=sbom and planned.settings.sbom,
            provenance=provenance and planned.settings.provenance,
            cache=cache,
        )
    )


def _only_here(planned: Planned, progress: Progress) -> Planned:
    """Return *planned* for the platform of this machine alone, or the first where it is for none."""
    if len(planned.platforms) < 2:
        return planned
    own = _own_platform(platform.machine())
    chosen = own if own in planned.platforms else planned.platforms[0]
    progress.note(
        f"the image for {chosen} is loaded, and no other is built: an engine holds a name's"
        " image for one platform"
    )
    return replace(planned, plan=replace(planned.plan, platform=chosen), platforms=(chosen,))


def _compiler(lock: Lock, part: PlatformLock) -> PlatformLock | None:
    """Return the part of *lock* whose Python makes the byte code of *part*, where it is another."""
    architecture = own_architecture()
    if architecture is None:
        return None
    found = compiling_part(lock, part, architecture)
    if found is None:
        raise BuildError(
            f"the byte code for {part.platform} cannot be made on this machine: the Python that"
            f" `boxwright.lock` has for it is no longer in the archive for linux/{architecture}",
            hint="run `boxwright lock --upgrade`, or build on a machine of that platform",
        )
    return None if found is part else found


def _check_runs_here(wanted: Sequence[Planned]) -> None:
    """Raise BuildError where an application would have to be started that cannot be."""
    own = _own_platform(platform.machine())
    for one in wanted:
        if one.plan.layers.bytecode == "imported" and one.plan.platform != own:
            raise BuildError(
                f"what the application imports on {one.plan.platform} cannot be seen on this"
                " machine, which cannot run it",
                hint='set `bytecode = "all"`, or build on a machine of that platform',
            )


def _index(images: Sequence[Image]) -> ImageIndex:
    """Return the index of *images*, which says of itself what all of them say."""
    told = [
        Manifest.from_dict(parse_document(image.manifest.content, "the manifest")).annotations
        for image in images
    ]
    shared = set.intersection(*(set(annotations.items()) for annotations in told))
    return make_index(images, dict(sorted(shared)))


def _base(asked: str | None, folder: Path) -> str | None:
    """Return the base *asked* for; one on disk relative to *folder*, as settings have it."""
    if asked is None:
        return None
    from boxwright.oci.place import OnDisk, parse_place

    place = parse_place(asked)
    if not isinstance(place, OnDisk):
        return asked
    path = Path(place.path).expanduser().absolute()
    prefix = place.prefix or ("" if place.path.endswith(".tar") else "oci:")
    return prefix + os.path.relpath(path, folder.absolute())


def _own_platform(machine: str) -> str:
    """
    Return the platform of images that run on this machine without emulation.

    >>> _own_platform("aarch64")
    'linux/arm64'
    """
    return "linux/arm64" if machine.lower() in ("aarch64", "arm64") else "linux/amd64"


def image_reference(tag: str | None, plan: Plan) -> str:
    """Return the name that the image of *plan* gets: *tag*, or what the project is called."""
    reference = parse_reference(tag or plan.name)
    if reference.digest is not None:
        raise SettingsError(
            f"`{tag}` names a digest, which only the finished image has",
            hint="give a name and a tag: `name:1.0`",
        )
    if tag is None and plan.version:
        # A local version (`1.0+abc`) has a character that no tag can have.
        return parse_reference(f"{plan.name}:{plan.version.replace('+', '-')}").familiar
    return reference.familiar


def _epoch(environ: Mapping[str, str]) -> int | None:
    text = environ.get("SOURCE_DATE_EPOCH")
    if not text:
        return None
    if not text.isdigit():
        raise SettingsError(
            f"SOURCE_DATE_EPOCH is `{text}`, no number of seconds since 1970",
            hint="set it to a whole number, `git log -1 --format=%ct` for one, or not at all",
        )
    return int(text)
