"""Looking into the image that a command is given, and judging it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from boxwright.cli.console import open_progress
from boxwright.cli.options import open_cache, plain_http

if TYPE_CHECKING:
    from datetime import datetime

    from boxwright.practices.check import Checked
    from boxwright.practices.image_subject import ImageSubject
    from boxwright.practices.selection import Selection
    from boxwright.scan.contents import Contents
    from boxwright.scan.match import Matches
    from boxwright.store.stored import Referrer


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """An image, and what the practices and the advisories on this machine say of it."""

    contents: Contents
    subject: ImageSubject
    checked: Checked
    matches: Matches | None
    """None where this machine has no advisories at all."""
    selection: Selection
    referrers: tuple[Referrer, ...] = ()
    """What is told of it beside it."""

    def document(self, *, with_tree: bool = True) -> dict[str, Any]:
        """Return all of it as the document of `boxwright inspect --format json`."""
        from boxwright.report.attached import attached_document
        from boxwright.report.inspect_document import document

        matches = self.matches
        nothing = "vulnerabilities: there are no advisories on this machine"
        unchecked = [f"{nothing}, `boxwright advisories update` fetches them"]
        if matches is not None:
            unchecked = [f"{each.what}: {each.reason}" for each in matches.unchecked]
        chosen = self.selection.chosen(("image",), "")
        told = document(
            self.contents,
            findings=self.checked.findings,
            rules={each.rule.name: each.rule for each in chosen},
            matches=None if matches is None else matches.matches,
            unchecked=unchecked,
            with_tree=with_tree,
        )
        return told | {"attached": attached_document(self.referrers)}


def look_into(
    name: str, *, platform: str | None = None, quiet: bool = False, fresh: bool = False
) -> Contents:
    """
    Return what is in the image *name*: a layout, an archive, `-`, or a reference.

    Layers that were looked into before come from the cache, unless it is to be *fresh*.
    """
    return _look(name, platform, quiet=quiet, fresh=fresh, with_referrers=False)[0]


def look_around(
    name: str, *, platform: str | None = None, quiet: bool = False, fresh: bool = False
) -> tuple[Contents, tuple[Referrer, ...]]:
    """Return what is in the image *name*, as `look_into` does, and what is told of it beside it."""
    return _look(name, platform, quiet=quiet, fresh=fresh, with_referrers=True)


def _look(
    name: str, platform: str | None, *, quiet: bool, fresh: bool, with_referrers: bool
) -> tuple[Contents, tuple[Referrer, ...]]:
    from boxwright.errors import StoreError
    from boxwright.oci.platform import parse_platform
    from boxwright.scan.contents import Contents
    from boxwright.scan.look import look
    from boxwright.store.open import Opener
    from boxwright.store.saved_stream import SavedStream

    if name == "-" and sys.stdin.isatty():
        raise StoreError(
            "standard input is a terminal, which gives no image",
            hint="pipe one into it: `docker save NAME | boxwright inspect -`",
        )
    wanted = None
    if platform is not None:
        try:
            wanted = parse_platform(platform)
        except ValueError as error:
            raise StoreError(str(error), hint="name one as `linux/amd64`") from None
    with open_progress(quiet=quiet) as progress:
        opener = Opener(
            environ=os.environ, platform=wanted, progress=progress, plain_http=plain_http
        )
        opened = opener.open(name)
        inspected = look(opened, cache=None if fresh else open_cache(), progress=progress)
        referrers: tuple[Referrer, ...] = ()
        if isinstance(opened, SavedStream):
            referrers = opened.referrers
        elif with_referrers:
            try:
                referrers = opener.read_referrers(name, opened)
            except StoreError as error:
                progress.note(f"what is told of the image beside it is not known: {error.message}")
    return Contents(replace(inspected, name=name)), referrers


def judged(
    contents: Contents,
    *,
    now: datetime,
    selection: Selection | None = None,
    settings_path: str | None = None,
    referrers: tuple[Referrer, ...] = (),
) -> Looked:
    """
    Return *contents* with what the rules of *selection*, or the usual ones, find in them.

    *settings_path* is what patterns in settings know the image by, where that is not its name.
    """
    from boxwright.practices.check import check_image
    from boxwright.practices.image_subject import ImageSubject
    from boxwright.practices.selection import Selection

    selection = selection or Selection()
    matches = known_matches(contents, now=now)
    subject = ImageSubject(
        contents, today=now.date(), matches=None if matches is None else matches.matches
    )
    checked = check_image(subject, selection, settings_path=settings_path)
    return Looked(
        contents=contents,
        subject=subject,
        checked=checked,
        matches=matches,
        selection=selection,
        referrers=referrers,
    )


def known_matches(contents: Contents, *, now: datetime) -> Matches | None:
    """Return the vulnerabilities that advisories on this machine tell of; None without any."""
    from boxwright.scan.advisories.database import Database
    from boxwright.scan.vulnerabilities import look_up

    cache = open_cache()
    if not (cache.root / "advisories").is_dir():
        return None
    with Database(cache) as database:
        if not database.kept():
            return None
        return look_up(contents, database, now=now)


def checked_image(
    name: str, path: str, selection: Selection, *, now: datetime, quiet: bool
) -> Checked:
    """Return what the rules of *selection* find in the image *name*, *path* to its settings."""
    contents = look_into(name, quiet=quiet)
    return judged(contents, now=now, selection=selection, settings_path=path).checked
