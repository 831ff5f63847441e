"""What a scan found → text for a terminal."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from boxwright.practices.image_subject import printable
from boxwright.scan.contents import Contents
from boxwright.scan.leaks import Leak
from boxwright.scan.match import Matches
from boxwright.scan.vulnerability import SEVERITIES, Match

_WIDTH = 100
_MOST_NAMES = 6
_MOST_UNCOUNTED = 5
"""Of a package's vulnerabilities that do not count, so many are named."""
_MOST_SETTLED = 20
_SETTLED = ("ignored", "not_affected", "fixed")


def render(contents: Contents, matches: Matches, counting: Sequence[Match], *, level: str) -> str:
    """
    Return what was found: the vulnerabilities by package, then credentials, then the sum.

    *level* is the least severity that counts: `high`, `any` or `none`.
    """
    return "".join(f"{line}\n" for line in _lines(contents, matches, counting, level))


def _lines(
    contents: Contents, matches: Matches, counting: Sequence[Match], level: str
) -> Iterator[str]:
    pending = [match for match in matches.matches if match.state not in _SETTLED]
    counts = {id(match) for match in counting}
    groups: dict[tuple[str, str, str], list[Match]] = {}
    for match in sorted(pending, key=lambda match: id(match) not in counts):
        package = match.package
        # Packages that are made from one source have its vulnerabilities together.
        source = (package.source or package.name, package.source_version or package.version)
        groups.setdefault((package.type, *source), []).append(match)
    for found in groups.values():
        yield from _group(found, counts)
        yield ""
    yield from _settled([match for match in matches.matches if match.state in _SETTLED])
    for leak in contents.leaks:
        yield _leak(leak)
    if contents.leaks:
        yield ""
    yield from _unknown(contents, matches)
    yield from _sum(contents, matches, pending, counting, level)


def _group(found: list[Match], counts: set[int]) -> Iterator[str]:
    package = found[0].package
    names = list(dict.fromkeys(match.package.name for match in found))
    layers = sorted({match.layer for match in found if match.layer is not None})
    where = f", layer {', '.join(map(str, layers))}" if layers else ""
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    listed = ", ".join(printable(name) for name in names[:_MOST_NAMES])
    yield f"{listed}{more} {printable(package.version)} ({package.type}{where})"
    if package.vendored_in:
        yield f"    a copy in {printable(package.vendored_in)}, `/{printable(package.path)}`"
    by_name: dict[str, Match] = {}
    for match in found:
        by_name.setdefault(match.advisory.id, match)
    once = list(by_name.values())
    others = [match for match in once if id(match) not in counts]
    for match in once:
        if id(match) in counts:
            yield from _match(match)
    shown = others[:_MOST_UNCOUNTED]
    for match in shown:
        yield f"  . {_told(match)}"
    if len(others) > len(shown):
        left = others[len(shown) :]
        yield f"  . and {len(left)} more: {_severities(left)}"
    told = [match for match in once if id(match) in counts] or shown
    for advice in dict.fromkeys(match.advice for match in told if match.advice and match.fixed):
        yield from _wrapped(printable_text(advice), "    -> ")


def _match(match: Match) -> Iterator[str]:
    yield f"  {_told(match)}"
    if match.advisory.summary:
        summary = textwrap.shorten(
            printable_text(match.advisory.summary), _WIDTH - 6, placeholder=" …"
        )
        yield f"      {summary}"


def _told(match: Match) -> str:
    advisory = match.advisory
    score = f" {advisory.score}" if advisory.score is not None else ""
    fixed = "no fix yet"
    if match.fixed:
        more = ", …" if len(match.fixed) > _MOST_NAMES else ""
        fixed = f"fixed in {', '.join(map(printable, match.fixed[:_MOST_NAMES]))}{more}"
    state = "" if match.state == "affected" else f", {match.state.replace('_', ' ')}"
    return f"{advisory.severity}{score}  {printable(advisory.id)}  {fixed}{state}"


def _settled(settled: list[Match]) -> Iterator[str]:
    if not settled:
        return
    yield "said not to count:"
    for match in settled[:_MOST_SETTLED]:
        yield from _wrapped(
            f"{printable(match.advisory.id)} of {printable(match.package.name)}: "
            f"{match.state.replace('_', ' ')}, {printable_text(match.reason)}",
            "  ",
        )
    if len(settled) > _MOST_SETTLED:
        yield f"  and {len(settled) - _MOST_SETTLED} more"
    yield ""


def _leak(leak: Leak) -> str:
    where = f"`{printable(leak.name)}`" if leak.name else f"the {leak.place}"
    if leak.place == "file":
        where = f"`/{printable(leak.name)}`"
    elif leak.name:
        place = "build argument" if leak.place == "history" else leak.place
        where = f"the {place} {where}"
    line = f", line {leak.line}" if leak.line else ""
    layer = f", layer {leak.layer}" if leak.layer is not None else ""
    gone = f", {leak.state} by layer {leak.removed_by}" if leak.removed_by is not None else ""
    sure = "credential" if leak.certain else "likely a credential"
    return f"{sure}: {leak.kind} ({leak.redacted}) in {where}{line}{layer}{gone}"


def _unknown(contents: Contents, matches: Matches) -> Iterator[str]:
    for layer in contents.inspected.layers:
        if layer.problem:
            yield from _wrapped(f"layer {layer.at}: {printable_text(layer.problem)}", "not read: ")
    for unchecked in matches.unchecked:
        yield from _wrapped(
            f"{_number(unchecked.packages, 'package')} of {printable_text(unchecked.what)}: "
            f"{printable_text(unchecked.reason)}",
            "not checked: ",
        )
    for undecided in matches.undecided[:_MOST_NAMES]:
        yield from _wrapped(
            f"{printable(undecided.record)} of {printable(undecided.package.name)}: "
            f"{printable_text(undecided.reason)}",
            "not decided: ",
        )
    if len(matches.undecided) > _MOST_NAMES:
        yield f"not decided: {len(matches.undecided) - _MOST_NAMES} more"
    for clause in contents.inventory.unread:
        yield from _wrapped(printable_text(clause), "not read: ")


def _sum(
    contents: Contents,
    matches: Matches,
    pending: Sequence[Match],
    counting: Sequence[Match],
    level: str,
) -> Iterator[str]:
    packages = _number(len(contents.inventory.packages), "package")
    found = "no known vulnerability" if matches.checked else "nothing is known"
    if pending:
        by_name = {match.advisory.id: match for match in pending}
        counted = len({match.advisory.id for match in counting})
        known = "vulnerability" if len(by_name) == 1 else "vulnerabilities"
        least = {"any": "", "none": " (`--fail-on none`)", "critical": " (critical)"}.get(
            level, f" ({level} or worse)"
        )
        count = f"{counted or 'none'} {'counts' if counted < 2 else 'count'}{least}"
        found = f"{len(by_name)} known {known}: {_severities(by_name.values())}; {count}"
    yield f"{packages}, {matches.checked} looked up"
    yield found
    for ecosystem, newest in matches.databases:
        yield f"advisories of {ecosystem}: up to {newest[:10]}"


def _severities(matches: Iterable[Match]) -> str:
    counted = Counter(match.advisory.severity for match in matches)
    return ", ".join(f"{counted[name]} {name}" for name in SEVERITIES if counted[name])


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _wrapped(text: str, start: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=start,
        subsequent_indent=" " * min(len(start), 7),
        break_long_words=False,
        break_on_hyphens=False,
    )


def printable_text(text: str) -> str:
    """Return *text*, which others made up, without what would move the cursor."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
