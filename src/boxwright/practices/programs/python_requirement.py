"""A distribution as `pip install` and its like are asked for it: PEP 508, leniently."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from boxwright.text.record import NamedTuple

if TYPE_CHECKING:
    from boxwright.syntax.shell.command import ShellWord


class PythonRequirement(NamedTuple):
    """A distribution that is asked for, or a place to install one from."""

    name: str
    """Normalised (PEP 503); "" where neither the word nor the URL says it."""
    extras: tuple[str, ...]
    specifier: str
    """Without blanks; of a wheel's file name `==` its version."""
    url: str
    """A URL or a path: behind `@`, or alone."""
    marker: str
    word: ShellWord
    editable: bool = False

    @property
    def version(self) -> str:
        """The one version that it may be, local part included; "" where it may be several."""
        match = _exact().fullmatch(self.specifier)
        return match[1] if match else ""

    @property
    def is_local(self) -> bool:
        """Whether it is a file or folder."""
        return bool(self.url) and "://" not in self.url and not self.url.startswith("git+")


def normalised(name: str) -> str:
    """
    Return the one spelling of a distribution's name (PEP 503).

    >>> normalised("Scikit_Learn")
    'scikit-learn'
    """
    return "-".join(part for part in _separators().split(name.lower()) if part)


def python_requirement(word: ShellWord, *, editable: bool = False) -> PythonRequirement | None:
    """Return what *word* asks for; None where only the build can tell."""
    text = word.value.strip()
    if not text:
        return None
    match = _requirement().fullmatch(text)
    if match and not editable and (match["url"] or not text.lower().endswith(_ARCHIVES)):
        url = (match["url"] or "").strip()
        specifier = "".join((match["specifier"] or "").split()).strip("()")
        if url and "/" not in url and "$" not in url:
            # `ruff@0.6` of uvx: a version, no URL.
            specifier, url = "" if url == "latest" else f"=={url}", ""
        extras = tuple(
            normalised(extra.strip()) for extra in (match["extras"] or "").split(",") if extra
        )
        return PythonRequirement(
            name=normalised(match["name"]),
            extras=extras,
            specifier=specifier,
            url=url,
            marker=(match["marker"] or "").strip(),
            word=word,
        )
    # `$REQUIREMENTS` may be anything; `$HOME/project` and `https://…/$NAME` are places.
    place, _, _ = text.partition(" ;")
    if place.startswith(("$", "`")) and "/" not in place:
        return None
    place = place.strip()
    name, extras, specifier = _named_by(place)
    if extras:
        place = place.rpartition("[")[0]
    return PythonRequirement(name, extras, specifier, place, "", word, editable)


_ARCHIVES = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz")


def _named_by(place: str) -> tuple[str, tuple[str, ...], str]:
    """Return the name, extras and specifier that a URL or path tells."""
    path, _, fragment = place.partition("#")
    for part in fragment.split("&"):
        key, _, value = part.partition("=")
        if key == "egg" and value:
            return normalised(value.partition("[")[0]), (), ""
    path = path.partition("?")[0]
    if path.endswith("]"):
        # `.[dev,test]`
        path, _, inside = path[:-1].partition("[")
        return "", tuple(normalised(extra.strip()) for extra in inside.split(",") if extra), ""
    file = path.rstrip("/").rpartition("/")[2]
    if file.endswith(".whl"):
        parts = file.split("-")
        if len(parts) > 1 and _is_name(parts[0]):
            # `dist/torch-*.whl` tells the name at least.
            is_whole = len(parts) >= 5 and not any(character in file for character in "*$?[")
            version = parts[1].replace("%2B", "+").replace("%2b", "+")
            return normalised(parts[0]), (), f"=={version}" if is_whole else ""
    if path.startswith("git+"):
        name = file.partition("@")[0].removesuffix(".git")
        return normalised(name) if _is_name(name) else "", (), ""
    return "", (), ""


def _is_name(text: str) -> bool:
    match = _requirement().fullmatch(text)
    return match is not None and match["name"] == text


@cache
def _separators() -> re.Pattern[str]:
    return re.compile(r"[-_.]+")


@cache
def _exact() -> re.Pattern[str]:
    return re.compile(r"={2,3}([^=*,<>!~]+)")


@cache
def _requirement() -> re.Pattern[str]:
    return re.compile(
        r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*"
        r"(?:\[(?P<extras>[^\]]*)\]\s*)?"
        r"(?:@\s*(?P<url>[^;\s]+)|(?P<specifier>\(?\s*[=!~<>][^;]*))?"
        r"\s*(?:;(?P<marker>.*))?"
    )
