"""What a project's settings and files say of vulnerabilities that do not count."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from boxwright.errors import SettingsError
from boxwright.scan.exceptions import Ignore, parse_ignores, read_ignore_file
from boxwright.scan.vex import read_vex
from boxwright.scan.vulnerabilities import Judgement

if TYPE_CHECKING:
    from boxwright.settings import Settings


def configured_judgement(
    settings: Settings | None,
    root: Path,
    *,
    vex: Sequence[Path] = (),
    ignore_files: Sequence[Path] = (),
) -> tuple[Judgement, tuple[str, ...]]:
    """
    Return what *settings*, whose paths are below *root*, and further files say, and notices.

    Raises SettingsError where an entry is wrong or a file cannot be read.
    """
    ignores: list[Ignore] = []
    notices: list[str] = []
    documents = list(vex)
    if settings is not None:
        if settings.scan.ignore:
            key = settings.key("scan.ignore")
            ignores += parse_ignores(list(settings.scan.ignore), file=settings.source, key=key)
        documents += [root / path for path in settings.scan.vex]
    for place in ignore_files:
        read = read_ignore_file(str(place), content_of(place))
        ignores += read.entries
        notices += read.notices
    statements = tuple(
        statement for place in documents for statement in read_vex(str(place), content_of(place))
    )
    return Judgement(ignores=tuple(ignores), statements=statements), tuple(notices)


def content_of(place: Path) -> bytes:
    """Return what the file *place* holds; SettingsError where it cannot be read."""
    try:
        return place.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"`{place}` cannot be read: {error.strerror or error}", hint="check its name"
        ) from None
