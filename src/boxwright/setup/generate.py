"""A project's folder → the files that it gets, none of which is written yet."""

from __future__ import annotations

import contextlib
import json
import os
import posixpath
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from boxwright import __version__
from boxwright.build.from_folder import Group, Planned, plan_folder, plan_group
from boxwright.errors import FetchError, LockError, PlanError
from boxwright.lock.document import FILE_NAME, read_lock
from boxwright.lock.make import make_lock
from boxwright.oci.digest import digest_of
from boxwright.plan.document import to_dict
from boxwright.plan.model import Notice, Plan
from boxwright.progress import Progress
from boxwright.project.context import IgnoredPath, escaped, find_ignored
from boxwright.project.detectors.application_files import read_dockerignore
from boxwright.project.evidence import Evidence
from boxwright.project.revision import read_revision
from boxwright.render.bundle import LOCK, OUR_PATTERNS, render_image, render_stack
from boxwright.render.compose import compose_variables
from boxwright.render.dockerignore import built_folders, needed_files
from boxwright.render.kubernetes import secret_keys
from boxwright.render.model import GeneratedFile, Part, Surroundings
from boxwright.setup.files import DOCKERIGNORE, Settled, State, read_state, settle
from boxwright.setup.joint import join_plans, part_names
from boxwright.setup.made_secrets import Made, make_secrets
from boxwright.store.cache import Cache
from boxwright.syntax.dockerignore import Dockerignore

_LOCKED = frozenset({"uv.lock", "pylock.toml", "poetry.lock", "pdm.lock", "Pipfile.lock", "none"})
"""Sources of dependencies that a Dockerfile installs from as they are."""
_OURS = "says how to build or deploy the image"
_BESIDE_THE_DOCKERFILE = ("Dockerfile*", "boxwright.lock")
_PATIENCE = 5.0
"""Seconds that a registry has for an answer: a digest is worth no long wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """What was rendered, and what there was before."""

    folder: Path
    plan: Plan
    """Of all that runs together."""
    files: tuple[GeneratedFile, ...]
    state: State
    images: Mapping[str, str]
    """Public images by their tag, with their digests."""
    ignored: Mapping[str, Mapping[str, str]]
    """
    Patterns with their reasons by the `.dockerignore` that has them.

    Those of other checkouts are among them.
    """
    kept_out: int
    """How many bytes `.dockerignore` keeps out of the build context of this checkout."""
    notices: tuple[Notice, ...]
    parts: tuple[Part, ...] = ()
    """The projects, where they are several, or one that is built from a folder above."""
    only: frozenset[str] = frozenset()
    """The kinds of files that the settings ask for; all where it is empty."""

    def settle(self, *, only: frozenset[str] = frozenset(), force: bool = False) -> Settled:
        """Return what the files become beside the user's edits; see `setup.files.settle`."""
        return settle(
            self.folder,
            self.files,
            self.state,
            version=__version__,
            images=self.images,
            ignored=self.ignored,
            only=only,
            force=force,
        )

    def make_secrets(self) -> Iterator[Made]:
        """Make up the credentials that are missing; see `setup.made_secrets`."""
        names = [variable.name for variable in compose_variables(self.plan)]
        return make_secrets(self.folder, self.plan, names, secret_keys(self.plan))


def generate(
    folder: Path,
    *,
    overrides: Mapping[str, str | None],
    ci: str | None,
    upgrade: bool,
    offline: bool,
    writes: bool,
    environ: Mapping[str, str],
    cache: Cache,
    progress: Progress,
) -> Generated:
    """
    Return the files of the project in *folder*, or of all its members that are services.

    *upgrade* looks up again what is known: digests of images, versions of packages.
    Without *writes* no lock is made or changed, and nothing new is looked up.
    """
    group = plan_group(folder, overrides=overrides, offline=offline, environ=environ)
    parts = _parts(folder, group)
    state = read_state(folder)
    notices = [*_together(group), *group.notices]
    locked = [
        _requirements(
            planned,
            part,
            state,
            upgrade=upgrade,
            writes=writes and not offline,
            notices=notices,
            cache=cache,
            progress=progress,
        )
        for planned, part in zip(group.planned, parts, strict=True)
    ]
    group = replace(
        group,
        planned=tuple(
            _for_python(planned, text, overrides, notices)
            for planned, text in zip(group.planned, locked, strict=True)
        ),
    )
    parts = _parts(folder, group)
    for planned, part in zip(group.planned, parts, strict=True):
        notices += (_of(part, notice) for notice in planned.plan.notices)
    plan = group.planned[0].plan
    if group.members:
        joint = join_plans(group.name, parts)
        plan = joint.plan
        notices += joint.notices
    is_alone = len(parts) == 1 and parts[0].has_own_context and not group.members
    images = _images(
        group, plan, state, upgrade=upgrade and writes, looks_up=writes, notices=notices
    )
    around = Surroundings(
        version=__version__,
        plan_digest=plan_digest(plan),
        digests=images,
        repository=_repository(folder),
        tests=_all_tests(group, parts),
        parts=() if is_alone else parts,
    )
    wanted = group.planned[0].settings.init
    around = replace(
        around,
        ci=_ci(ci or wanted.ci, around.repository, folder, parts, notices),
        boxwright=wanted.boxwright or "",
    )
    files: list[GeneratedFile] = []
    ignored: dict[str, dict[str, str]] = {}
    kept_out = 0
    for planned, part, text in zip(group.planned, parts, locked, strict=True):
        requirements = text if _fits(planned) else ""
        ours = _our_patterns(part)
        found = _find_ignored(folder, part, ours)
        path = posixpath.join(part.folder, part.dockerignore)
        before = state.ignored if path == DOCKERIGNORE else state.ignored_by.get(path, {})
        ignored[path] = (
            before | {each.pattern: each.reason for each in found} | dict.fromkeys(ours, _OURS)
        )
        kept_out = max(kept_out, sum(each.size for each in found))
        of_image = replace(
            around,
            plan_digest=plan_digest(planned.plan),
            folder=posixpath.dirname(part.dockerfile),
            parts=(),
            requirements_lock=bool(requirements),
            # Sizes differ from checkout to checkout, and the file must not.
            ignored=tuple(
                IgnoredPath(pattern=pattern, reason=reason)
                for pattern, reason in sorted(ignored[path].items())
            ),
        )
        if part.has_own_context:
            notices += (_of(part, notice) for notice in _left_out_by_user(planned, of_image))
        files += render_image(part, of_image, requirements=requirements)
    return Generated(
        folder=folder,
        plan=plan,
        files=(*files, *render_stack(plan, around)),
        state=state,
        images=images,
        ignored=ignored,
        kept_out=kept_out,
        notices=tuple(dict.fromkeys(notices)),
        parts=around.parts,
        only=frozenset(wanted.only),
    )


def _our_patterns(part: Part) -> tuple[str, ...]:
    """Return the patterns of what is written by us, at the top of the context and for *part*."""
    below = posixpath.dirname(part.dockerfile)
    if not below:
        return OUR_PATTERNS
    here = OUR_PATTERNS if part.context.startswith("..") else _BESIDE_THE_DOCKERFILE
    return (*OUR_PATTERNS, *(f"{escaped(below)}/{pattern}" for pattern in here))


def _find_ignored(folder: Path, part: Part, ours: Sequence[str]) -> tuple[IgnoredPath, ...]:
    """Return what lies in the context of *part* and is no part of its image, beside *ours*."""
    known = Dockerignore.parse("\n".join(ours))
    below = Surroundings(folder=posixpath.dirname(part.dockerfile))
    application = part.plan.application
    shipped = [
        posixpath.join(below.folder, path) for path in (*application.files, *application.models)
    ]
    found = find_ignored(
        folder / part.context,
        shipped,
        # The lock may be written only after this, and by the next run it is there.
        (*needed_files(part.plan, below), posixpath.join(below.folder, LOCK)),
        packages=built_folders(part.plan, below),
    )
    if not below.folder:
        return found
    return tuple(each for each in found if not known.ignores(each.pattern))


def _together(group: Group) -> Iterator[Notice]:
    """Yield the notice that says which members of a folder are set up."""
    if group.members:
        shown = ", ".join(f"`{member.path}`" for member in group.members)
        yield Notice(
            text=f"nothing is to be started at the top: set up is what the folders below are for"
            f" ({shown})",
            hint=f"`boxwright init {group.members[0].path}` does one alone",
            evidence=tuple(member.evidence for member in group.members),
        )


def _parts(folder: Path, group: Group) -> tuple[Part, ...]:
    """Return where each project of *group* is, and what its image is built from."""
    names = part_names([member.path for member in group.members]) or ("",)
    root = folder.resolve()
    found = []
    for planned, name in zip(group.planned, names, strict=True):
        project = planned.folder.resolve()
        context = _context(project, planned.plan)
        below = project.relative_to(context).as_posix()
        found.append(
            Part(
                plan=planned.plan,
                name=name,
                folder=_way(root, project).removeprefix("."),
                context=_way(root, context),
                dockerfile="Dockerfile" if below == "." else f"{below}/Dockerfile",
            )
        )
    return tuple(found)


def _context(project: Path, plan: Plan) -> Path:
    """Return the folder that has all that the image of *plan* is built from."""
    declared = plan.dependencies
    needed = (declared.path, declared.workspace, *declared.packages, *declared.manifests)
    up = max(posixpath.normpath(path).split("/").count("..") for path in needed)
    return project.parents[up - 1] if up else project


def _way(start: Path, end: Path) -> str:
    return Path(os.path.relpath(end, start)).as_posix()


def _of(part: Part, notice: Notice) -> Notice:
    """Return *notice* with the project that it is about, where there are several."""
    return replace(notice, text=f"{part.folder}: {notice.text}") if part.name else notice


def _left_out_by_user(planned: Planned, around: Surroundings) -> Iterator[Notice]:
    """Yield a notice where the user's own `.dockerignore` leaves out what the Dockerfile needs."""
    ignore = read_dockerignore(planned.tree)
    lost = [path for path in needed_files(planned.plan, around) if ignore.ignores(path)]
    if lost:
        yield Notice(
            text="`.dockerignore` leaves out what the Dockerfile needs: "
            + ", ".join(f"`{path}`" for path in lost[:5]),
            hint="add exceptions to it (`!uv.lock`), or replace it with `--force`",
            evidence=(Evidence(".dockerignore"),),
        )


def plan_digest(plan: Plan) -> str:
    """
    Return the digest of what *plan* decides, on whatever machine it was made.

    Its reasons may be told in other words.
    """
    document = to_dict(replace(plan, platform="", decisions=(), notices=()))
    return digest_of(json.dumps(document, sort_keys=True).encode())


def _repository(folder: Path) -> str:
    revision = read_revision(folder)
    return revision.source.partition("://")[2].removesuffix(".git") if revision else ""


def _ci(
    asked: str | None,
    repository: str,
    folder: Path,
    parts: Sequence[Part],
    notices: list[Notice],
) -> str:
    """Return which CI the project has, by what is there and by where it is kept."""
    if asked == "none":
        return ""
    if any(part.context.startswith("..") for part in parts):
        notices.append(
            Notice(
                text="no workflow for CI is written: that belongs to the top of the repository",
                hint="`boxwright init` there does all services at once",
            )
        )
        return ""
    if asked is not None:
        return asked
    if (folder / ".gitlab-ci.yml").is_file() or "gitlab" in repository.partition("/")[0]:
        return "gitlab"
    return "github"


def _all_tests(group: Group, parts: Sequence[Part]) -> str:
    """Return the commands that run the tests of all projects in CI."""
    found = []
    for planned, part in zip(group.planned, parts, strict=True):
        command = _tests(planned.plan, planned.tree.paths())
        if command:
            place = shlex.quote(part.folder)
            found.append(f"(cd {place} && {command})" if part.folder else command)
    return "\n".join(found)


def _tests(plan: Plan, paths: tuple[str, ...]) -> str:
    """Return the command that runs the project's tests in CI."""
    has_tests = any(
        path.rpartition("/")[2].startswith("test_") and path.endswith(".py") for path in paths
    )
    if not has_tests:
        return ""
    source = plan.dependencies
    match source.source:
        case "uv.lock":
            return "uv run --locked --with pytest pytest"
        case "poetry.lock":
            return "uvx poetry install && uvx poetry run pytest"
        case "pdm.lock":
            return "uvx pdm install && uvx pdm run pytest"
        case "requirements":
            return f"uv run --no-project --with-requirements {source.path} --with pytest pytest"
        case "pyproject":
            return "uv run --with pytest pytest"
        case _:
            return ""


def _images(
    group: Group,
    plan: Plan,
    state: State,
    *,
    upgrade: bool,
    looks_up: bool,
    notices: list[Notice],
) -> dict[str, str]:
    """Return the digests of the public images, those known already as they were."""
    wanted = [companion.image for companion in plan.companions]
    for planned in group.planned:
        images = planned.plan.images
        if images is not None:
            wanted += [images.python, images.uv]
            wanted += [images.runtime] if images.runtime else []
    wanted = list(dict.fromkeys(wanted))
    sources = group.planned[0].sources
    known = {} if upgrade else {name: state.images[name] for name in wanted if name in state.images}
    missing = [name for name in wanted if name not in known]
    found: dict[str, str] = {}
    failed = missing
    if missing and looks_up and not sources.offline:
        from boxwright.store.tag import find_digests

        transport = replace(sources.transport, timeout=_PATIENCE, backoff=0.1)
        found, reasons = find_digests(missing, transport)
        failed = list(reasons)
        known |= {name: state.images[name] for name in failed if name in state.images}
    lacking = [name for name in failed if name not in known]
    if lacking and looks_up:
        notices.append(
            Notice(
                text="digests could not be looked up, so these images are pinned by tag only: "
                + ", ".join(f"`{name}`" for name in lacking),
                hint="run `boxwright init` again where the registries can be reached",
            )
        )
    return dict(sorted({**known, **found}.items()))


def _locked_python(planned: Planned) -> str:
    """Return the Python that `boxwright.lock` is for; empty where there is none."""
    lock = read_lock(planned.folder / FILE_NAME)
    platforms = lock.platforms if lock else ()
    same = [part for part in platforms if part.platform == planned.plan.platform]
    return next((part.python for part in (*same, *platforms)), "")


def _fits(planned: Planned) -> bool:
    """Tell whether what was locked is for the Python that the Dockerfile has."""
    images = planned.plan.images
    return images is None or _locked_python(planned) in ("", images.python_version)


def _for_python(
    planned: Planned, text: str, overrides: Mapping[str, str | None], notices: list[Notice]
) -> Planned:
    """
    Return *planned* for the Python that its requirements were locked for.

    What a dependency has no wheels for shows only when all of them are resolved.
    """
    if not text or _fits(planned):
        return planned
    python = _locked_python(planned)
    settings = planned.settings
    images = planned.plan.images
    wanted = images.python_version if images else ""
    if settings.python is None and settings.images.python is None:
        with contextlib.suppress(PlanError):
            sources = planned.sources
            again = plan_folder(
                planned.folder,
                overrides={**overrides, "python": python},
                offline=sources.offline,
                environ=sources.environ,
                whole=True,
            )
            if _fits(again):
                return again
    notices.append(
        Notice(
            text=f"`requirements.lock` would be for Python {python} and is left out: the Dockerfile"
            f" has {wanted}, and installs what is newest when it is built",
            hint=f'set `python = "{python}"`, or pin dependencies that have wheels for {wanted}',
        )
    )
    return planned


def _requirements(
    planned: Planned,
    part: Part,
    state: State,
    *,
    upgrade: bool,
    writes: bool,
    notices: list[Notice],
    cache: Cache,
    progress: Progress,
) -> str:
    """Return `requirements.lock` for a project that has no lock of its own."""
    from boxwright.render.header import HEAD_END

    dependencies = planned.plan.dependencies
    if dependencies.source in _LOCKED or dependencies.hashed:
        return ""
    # Without the head, which is written anew.
    path = posixpath.join(part.folder, LOCK)
    before = state.files.get(path, "").partition(HEAD_END)[2]
    if not writes:
        if not before:
            text = f"`{path}` needs the package index, so the Dockerfile installs what is newest"
            hint = "run `boxwright init` where the index can be reached, without `--offline`"
            notices.append(Notice(text=f"{text} when it is built", hint=hint))
        return before
    from boxwright.lock.export import requirements_text

    try:
        lock = make_lock(
            planned.plan,
            planned.tree,
            planned.folder,
            sources=planned.sources,
            cache=cache,
            upgrade=upgrade,
            platforms=planned.platforms,
            progress=progress,
        )
        return requirements_text(lock, packages=dependencies.packages)
    except (FetchError, LockError) as error:
        notices.append(
            Notice(
                text=f"`{path}` was not made, so the Dockerfile installs what is newest when it is"
                f" built: {error.message}",
                hint=error.hint,
            )
        )
        return before
