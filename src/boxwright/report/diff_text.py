"""What differs between two images → text for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from boxwright.findings.finding import Finding
from boxwright.practices.image_subject import printable
from boxwright.report.size import human_size
from boxwright.scan.diff import Difference, FileChange, ImageDiff, PackageChange

_MOST = 30
_MARKS = {"added": "+", "removed": "-", "changed": "~"}


def render(
    found: ImageDiff,
    *,
    names: tuple[str, str],
    shown: Callable[[str, str], str],
    new: Sequence[Finding] = (),
    gone: Sequence[Finding] = (),
    causes: Sequence[Difference] = (),
    with_files: bool = False,
) -> str:
    """
    Return the difference between the images of *names*; *new* and *gone* are findings of one image only.

    *shown* hides credentials in the value of a setting. *causes* say why builds that should
    be the same are not. Files are told of by packages and folders, unless *with_files*.
    """
    lines = _lines(found, names, shown, new, gone, causes, with_files=with_files)
    return "".join(f"{line}\n" for line in lines)


def _lines(
    found: ImageDiff,
    names: tuple[str, str],
    shown: Callable[[str, str], str],
    new: Sequence[Finding],
    gone: Sequence[Finding],
    causes: Sequence[Difference],
    *,
    with_files: bool,
) -> Iterator[str]:
    yield f"{printable(names[0])} -> {printable(names[1])}"
    for what, (before, after) in (
        ("to pull", found.stored),
        ("unpacked", found.shipped),
        ("final filesystem", found.size),
    ):
        yield f"{what}: {human_size(before)} -> {human_size(after)} ({_signed(after - before)})"
    layers = f"layers: the lowest {len(found.shared)} are the same"
    yield f"{layers}, {len(found.only_a)} only in the first, {len(found.only_b)} only in the second"
    if found.is_empty and not causes:
        yield ""
        yield "a container cannot tell them apart"
    if found.config:
        yield ""
        yield "configuration:"
        for change in found.config:
            before_, after_ = (
                "none" if value is None else shown(change.key, value)
                for value in (change.before, change.after)
            )
            yield f"  {printable(change.key)}: {printable(before_)} -> {printable(after_)}"
    if found.packages:
        yield ""
        yield "packages:"
        for package in found.packages[:_MOST]:
            yield f"  {_package(package)}"
        yield from _rest(len(found.packages))
    if found.files:
        yield ""
        yield "files:"
        if with_files:
            for file in found.files:
                yield f"  {_file(file)}"
        else:
            for group in found.groups[:_MOST]:
                counts = ", ".join(
                    f"{count} {how}"
                    for how, count in (
                        ("added", group.added),
                        ("removed", group.removed),
                        ("changed", group.changed),
                    )
                    if count
                )
                yield f"  {_signed(group.size):>10}  {printable(group.name)}: {counts}"
            yield from _rest(len(found.groups))
    for title, findings in (("new findings:", new), ("findings that are gone:", gone)):
        if findings:
            yield ""
            yield title
            for finding in findings[:_MOST]:
                yield f"  {finding.severity} {finding.rule}: {finding.message}"
            yield from _rest(len(findings))
    if causes:
        yield ""
        yield "why they are not the same:"
        for cause in causes:
            where = f"layer {cause.layer}: " if cause.layer is not None else ""
            shown_names = ", ".join(printable(name) for name in cause.names[:3])
            more = f" and {cause.count - 3} more" if cause.count > 3 else ""
            yield f"  {where}{cause.cause}{f' ({shown_names}{more})' if shown_names else ''}: {cause.advice}"


def _package(change: PackageChange) -> str:
    before, after = (", ".join(map(printable, each)) for each in (change.before, change.after))
    versions = " -> ".join(each for each in (before, after) if each)
    name = f"{printable(change.name)} ({change.type})"
    return f"{_MARKS[change.how]} {name} {versions}  {_signed(change.size)}"


def _file(change: FileChange) -> str:
    what = f" ({', '.join(change.what)})" if change.what else ""
    return f"{_MARKS[change.how]} /{printable(change.path)}{what}  {_signed(change.size)}"


def _signed(size: int) -> str:
    sign = "+" if size > 0 else "-" if size < 0 else "±"
    return f"{sign}{human_size(abs(size))}"


def _rest(count: int) -> Iterator[str]:
    if count > _MOST:
        yield f"  and {count - _MOST} more"
