"""Plan → `.dockerignore`: what the build has no use for, grouped by why, with what it saves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from boxwright.plan.model import Plan
from boxwright.project.context import escaped, standing_patterns
from boxwright.render.dockerfile.frame import Frame
from boxwright.render.dockerfile.instruction import comment_lines
from boxwright.render.header import header
from boxwright.render.model import Surroundings
from boxwright.syntax.dockerignore import Dockerignore

_BROUGHT_BACK = "the Dockerfile needs these"


def render_dockerignore(plan: Plan, around: Surroundings) -> str:
    """
    Return the `.dockerignore` that belongs to the Dockerfile of *plan*.

    It has what lies in the project now, and the credentials, histories, environments and
    caches that may come. Nothing that the Dockerfile names is left out.
    """
    needed = needed_files(plan, around)
    standing = standing_patterns()
    ignore = Dockerignore.parse("\n".join(each.pattern for each in standing))
    groups: dict[str, list[str]] = {}
    sizes: dict[str, int] = {}
    for ignored in standing:
        groups.setdefault(ignored.reason, []).append(ignored.pattern)
    for ignored in around.ignored:
        group = groups.setdefault(ignored.reason, [])
        sizes[ignored.reason] = sizes.get(ignored.reason, 0) + ignored.size
        is_known = ignored.pattern in group or ignore.ignores(ignored.pattern.removeprefix("**/"))
        if not is_known:
            group.append(ignored.pattern)
    saved = sum(sizes.values())
    about = [
        "What the image does not need is not sent to the builder, and cannot get into a layer."
    ]
    if saved:
        about.append(f"Of what lies here now that is {readable_size(saved)}.")
    lines = [header(around, *about).rstrip("\n")]
    for reason, group in groups.items():
        if group:
            lines += ["", *comment_lines(_title(reason, sizes.get(reason, 0))), *group]
    folders = (folder for folder in built_folders(plan, around) if folder != ".")
    lines += _brought_back(lines, (*needed, *folders))
    return "\n".join(lines) + "\n"


def needed_files(plan: Plan, around: Surroundings) -> tuple[str, ...]:
    """Return the files that the Dockerfile of *plan* takes from the context, relative to it."""
    frame = Frame(plan, around)
    found = set(frame.installer.manifests())
    if plan.dependencies.installs_project:
        found.add(frame.place.context("pyproject.toml"))
    found.update(
        frame.place.context(path) for path in (*plan.application.files, *plan.application.models)
    )
    return tuple(sorted(found))


def built_folders(plan: Plan, around: Surroundings) -> tuple[str, ...]:
    """
    Return the folders of the context that packages are built from, relative to it.

    Their builds may read anything in them; the context itself, where it is one, is `.`.
    """
    place = Frame(plan, around).place
    own = (".",) if plan.dependencies.installs_project else ()
    return tuple(sorted({place.context(each) for each in (*own, *plan.dependencies.packages)}))


def readable_size(size: int) -> str:
    """
    Return *size* in bytes for people.

    >>> readable_size(999), readable_size(1_234_567), readable_size(52_000_000_000)
    ('999 B', '1.2 MB', '52 GB')
    """
    if size < 1000:
        return f"{size} B"
    power = min((len(str(size)) - 1) // 3, 4)
    value = size / 1000**power
    unit = ("kB", "MB", "GB", "TB")[power - 1]
    return f"{value:.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"


def _title(reason: str, size: int) -> str:
    text = reason[:1].upper() + reason[1:]
    return f"{text} ({readable_size(size)} here)" if size else text


def _brought_back(lines: Iterable[str], needed: Iterable[str]) -> Iterator[str]:
    """Yield exceptions for what is *needed* and would be left out."""
    ignore = Dockerignore.parse("\n".join(lines))
    lost = [path for path in needed if ignore.ignores(path)]
    if lost:
        yield ""
        yield from comment_lines(_title(_BROUGHT_BACK, 0))
        yield from (f"!{escaped(path)}" for path in lost)
