"""A project's folder → the files that it gets, none of which is written yet."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from boxwright import __version__
from boxwright.build.from_folder import Planned, plan_folder
from boxwright.errors import FetchError, LockError
from boxwright.lock.make import make_lock
from boxwright.oci.digest import digest_of
from boxwright.plan.document import to_dict
from boxwright.plan.model import Notice, Plan
from boxwright.progress import Progress
from boxwright.project.context import IgnoredPath, find_ignored
from boxwright.project.detectors.application_files import read_dockerignore
from boxwright.project.evidence import Evidence
from boxwright.project.revision import read_revision
from boxwright.render.bundle import OUR_PATTERNS, render
from boxwright.render.compose import compose_variables
from boxwright.render.dockerignore import needed_files
from boxwright.render.kubernetes import secret_keys
from boxwright.render.model import GeneratedFile, Surroundings
from boxwright.setup.files import Settled, State, read_state, settle
from boxwright.setup.made_secrets import Made, make_secrets
from boxwright.store.cache import Cache

_LOCKED = frozenset({"uv.lock", "pylock.toml", "poetry.lock", "pdm.lock", "Pipfile.lock", "none"})
"""Sources of dependencies that a Dockerfile installs from as they are."""
_OURS = "says how to build or deploy the image"
_PATIENCE = 5.0
"""Seconds that a registry has for an answer: a digest is worth no long wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """What was rendered, and what there was before."""

    folder: Path
    plan: Plan
    files: tuple[GeneratedFile, ...]
    state: State
    images: Mapping[str, str]
    """Public images by their tag, with their digests."""
    ignored: Mapping[str, str]
    """Patterns of `.dockerignore` with their reasons, those of other checkouts too."""
    kept_out: int
    """How many bytes `.dockerignore` keeps out of the build context of this checkout."""
    notices: tuple[Notice, ...]

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
    Return the files of the project in *folder*.

    *upgrade* looks up again what is known: digests of images, versions of packages.
    Without *writes* no lock is made or changed, and nothing new is looked up.
    """
    planned = plan_folder(
        folder, overrides=overrides, offline=offline, environ=environ, whole=True
    )
    plan = planned.plan
    state = read_state(folder)
    notices = list(plan.notices)
    images = _images(planned, state, upgrade=upgrade and writes, notices=notices)
    requirements = _requirements(
        planned,
        state,
        upgrade=upgrade,
        writes=writes and not offline,
        notices=notices,
        cache=cache,
        progress=progress,
    )
    around = _surroundings(planned, ci)
    ignored = (
        state.ignored
        | {each.pattern: each.reason for each in around.ignored}
        | dict.fromkeys(OUR_PATTERNS, _OURS)
    )
    kept_out = sum(each.size for each in around.ignored)
    around = replace(
        around,
        digests=images,
        requirements_lock=bool(requirements),
        # Sizes differ from checkout to checkout, and the file must not.
        ignored=tuple(
            IgnoredPath(pattern=pattern, reason=reason)
            for pattern, reason in sorted(ignored.items())
        ),
    )
    notices += _left_out_by_user(planned, around)
    return Generated(
        folder=folder,
        plan=plan,
        files=render(plan, around, requirements=requirements),
        state=state,
        images=images,
        ignored=ignored,
        kept_out=kept_out,
        notices=tuple(notices),
    )


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
    """Return the digest of what *plan* decides; its reasons may be told in other words."""
    document = to_dict(replace(plan, decisions=(), notices=()))
    return digest_of(json.dumps(document, sort_keys=True).encode())


def _surroundings(planned: Planned, ci: str | None) -> Surroundings:
    plan = planned.plan
    application = plan.application
    shipped = (*application.files, *application.models)
    revision = read_revision(planned.folder)
    repository = revision.source.partition("://")[2].removesuffix(".git") if revision else ""
    paths = planned.tree.paths()
    return Surroundings(
        version=__version__,
        plan_digest=plan_digest(plan),
        ignored=find_ignored(planned.folder, shipped, needed_files(plan, Surroundings())),
        repository=repository,
        ci=_ci(ci, repository, planned.folder),
        boxwright="",
        tests=_tests(plan, paths),
    )


def _ci(asked: str | None, repository: str, folder: Path) -> str:
    """Return which CI the project has, by what is there and by where it is kept."""
    if asked is not None:
        return "" if asked == "none" else asked
    if (folder / ".gitlab-ci.yml").is_file() or "gitlab" in repository.partition("/")[0]:
        return "gitlab"
    return "github"


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
    planned: Planned, state: State, *, upgrade: bool, notices: list[Notice]
) -> dict[str, str]:
    """Return the digests of the public images, those known already as they were."""
    plan = planned.plan
    wanted = [companion.image for companion in plan.companions]
    if plan.images is not None:
        wanted += [plan.images.python, plan.images.uv]
        wanted += [plan.images.runtime] if plan.images.runtime else []
    known = {} if upgrade else {name: state.images[name] for name in wanted if name in state.images}
    missing = [name for name in wanted if name not in known]
    found: dict[str, str] = {}
    failed = missing
    if missing and not planned.sources.offline:
        from boxwright.store.tag import find_digests

        transport = replace(planned.sources.transport, timeout=_PATIENCE, backoff=0.1)
        found, reasons = find_digests(missing, transport)
        failed = list(reasons)
        known |= {name: state.images[name] for name in failed if name in state.images}
    lacking = [name for name in failed if name not in known]
    if lacking:
        notices.append(
            Notice(
                text="digests could not be looked up, so these images are pinned by tag only: "
                + ", ".join(f"`{name}`" for name in lacking),
                hint="run `boxwright init` again where the registries can be reached",
            )
        )
    return dict(sorted({**known, **found}.items()))


def _requirements(
    planned: Planned,
    state: State,
    *,
    upgrade: bool,
    writes: bool,
    notices: list[Notice],
    cache: Cache,
    progress: Progress,
) -> str:
    """Return `requirements.lock` for a project that has no lock of its own."""
    from boxwright.render.bundle import LOCK
    from boxwright.render.header import HEAD_END

    dependencies = planned.plan.dependencies
    if dependencies.source in _LOCKED or dependencies.hashed:
        return ""
    # Without the head, which is written anew.
    before = state.files.get(LOCK, "").partition(HEAD_END)[2]
    if not writes:
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
            progress=progress,
        )
        return requirements_text(lock)
    except (FetchError, LockError) as error:
        notices.append(
            Notice(
                text=f"`{LOCK}` was not made, so the Dockerfile installs what is newest when it is"
                f" built: {error.message}",
                hint=error.hint,
            )
        )
        return before
