"""A project's folder → Plan, Lock, Image, and to where it is wanted: the whole way."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from boxwright.build.from_plan import Inputs, build_image
from boxwright.errors import BoxwrightError, PlanError, ProjectError, SettingsError
from boxwright.image.image import Image
from boxwright.lock.make import make_lock
from boxwright.lock.model import PlatformLock
from boxwright.lock.sources import Sources
from boxwright.oci.reference import parse_reference
from boxwright.plan.make import make_plan
from boxwright.plan.model import Notice, Plan
from boxwright.plan.unclear import only_members
from boxwright.progress import Progress
from boxwright.project.detectors.metadata import image_name
from boxwright.project.facts import Member, Project
from boxwright.project.inspect import inspect, open_tree
from boxwright.project.own import without_services_below
from boxwright.project.revision import read_revision
from boxwright.project.settings_file import read_settings
from boxwright.project.tree import Tree
from boxwright.project.workspace import find_workspace
from boxwright.settings import Settings
from boxwright.store.cache import Cache

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

    With *sbom* a layout tells what is in the image; archives and engines keep nothing beside it.
    """

    tag: str | None = None
    output: Path | None = None
    load: bool = False
    sbom: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A finished image, and where it was put."""

    plan: Plan
    image: Image
    reference: str
    """`name:tag`."""
    output: Path | None
    engine: str
    """The program of the engine that it was loaded into, if it was."""

    @property
    def name(self) -> str:
        """The reference without its tag."""
        return self.reference.rpartition(":")[0]


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

    *overrides* are settings that the caller knows better: `platform`, `variant`, `python`
    and `bytecode`, None for those that it does not. With *whole* what `.dockerignore` leaves
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
    plan = make_plan(
        without_services_below(project),
        settings,
        platform=overrides.get("platform"),
        variant=overrides.get("variant"),
        default_platform=_own_platform(platform.machine()),
    )
    return Planned(
        folder=folder,
        settings=settings,
        tree=tree,
        plan=plan,
        sources=Sources(settings=settings, folder=folder, environ=environ, offline=offline),
    )


def lock_planned(
    planned: Planned, *, upgrade: bool = False, cache: Cache, progress: Progress
) -> PlatformLock:
    """Return what *planned* is locked to, written to `boxwright.lock` where it is new."""
    lock = make_lock(
        planned.plan,
        planned.tree,
        planned.folder,
        sources=planned.sources,
        cache=cache,
        upgrade=upgrade,
        progress=progress,
    )
    return next(part for part in lock.platforms if part.platform == planned.plan.platform)


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

    *jobs* processes at most work at once; their number changes no byte of the image.
    """
    reference = image_reference(destination.tag, planned.plan)
    engine = None
    if destination.load:
        # Before the work, so that nobody waits for an image that has nowhere to go.
        from boxwright.store.engine import require_engine

        engine = require_engine(environ)
    cache.sweep()
    for notice in planned.plan.notices:
        progress.note(f"{notice.text}; {notice.hint}" if notice.hint else notice.text)
    lock = lock_planned(planned, cache=cache, progress=progress)
    application = planned.plan.application
    image = build_image(
        planned.plan,
        lock,
        Inputs(
            folder=planned.folder,
            tree=planned.tree,
            revision=read_revision(planned.folder, (*application.files, *application.models)),
            epoch=_epoch(environ),
            sources=planned.sources,
            allowed_secrets=planned.settings.allow_secrets,
            jobs=jobs,
        ),
        cache=cache,
        progress=progress,
    )
    if engine is not None:
        engine.load(image, reference, progress)
        return Built(
            plan=planned.plan, image=image, reference=reference, output=None, engine=engine.program
        )
    output = destination.output or planned.folder / DEFAULT_OUTPUT
    if output.suffix == ".tar":
        from boxwright.store import archive

        archive.write(output, image, reference, cache=cache, progress=progress)
    else:
        from boxwright.store import layout

        layout.write(output, image, reference, progress=progress)
        attachments = []
        if destination.sbom and planned.settings.sbom:
            from boxwright.build.bill import MEDIA_TYPE, locked_bill

            bill = locked_bill(planned.plan.name, lock, image, cache=cache)
            attachments = [layout.Attachment(media_type=MEDIA_TYPE, content=bill)]
        layout.attach(output, image, attachments)
    return Built(plan=planned.plan, image=image, reference=reference, output=output, engine="")


def _own_platform(machine: str) -> str:
    """
    Return the platform of images that run on this machine without emulation.

    >>> _own_platform("aarch64")
    'linux/arm64'
    """
    return "linux/arm64" if machine.lower() in ("aarch64", "arm64") else "linux/amd64"


def image_reference(tag: str | None, plan: Plan) -> str:
    """Return what the image of *plan* is called: *tag*, or its own name and version."""
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
