"""
Requirements files, as pip reads them: text → items with line numbers.

What an item means (which file an include names, what a requirement resolves to) is for
the reader; nothing here looks at the disk.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from boxwright.errors import ProjectError


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A distribution that is asked for."""

    name: str
    """Normalised (PEP 503); empty where only a URL or path is given."""
    text: str
    """All of it but options, as it stands in the file."""
    line: int
    extras: tuple[str, ...] = ()
    specifier: str = ""
    url: str = ""
    """What comes after `@`, or the bare URL or path."""
    marker: str = ""
    hashes: tuple[str, ...] = ()
    """`sha256:…`"""
    editable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Include:
    """`-r path`, or `-c path` where *constrains* only."""

    path: str
    line: int
    constrains: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option for the whole file, by its long name: `--index-url`."""

    name: str
    value: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """A requirements file."""

    requirements: tuple[Requirement, ...] = ()
    includes: tuple[Include, ...] = ()
    options: tuple[Option, ...] = ()

    @property
    def is_hashed(self) -> bool:
        """Whether there are requirements, and all of them carry hashes."""
        return bool(self.requirements) and all(item.hashes for item in self.requirements)


def normalised(name: str) -> str:
    """
    Return the one spelling of a distribution's name (PEP 503).

    >>> normalised("Scikit_Learn")
    'scikit-learn'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def parse_requirements(text: str, name: str, first: int = 1) -> Requirements:
    r"""
    Return what the requirements file *text* says; *name* is the file's, for messages.

    *first* is the line of the file that *text* begins in.

    >>> parse_requirements("torch[x]>=2  # why\n", "r.txt").requirements[0].specifier
    '>=2'
    """
    requirements: list[Requirement] = []
    includes: list[Include] = []
    options: list[Option] = []
    for number, line in _lines(text, first):
        if line.startswith("-"):
            option, value = _option(line, f"{name}:{number}")
            match option:
                case "--requirement" | "--constraint":
                    constrains = option == "--constraint"
                    includes.append(Include(path=value, line=number, constrains=constrains))
                case "--editable":
                    requirements.append(_requirement(value, number, name, editable=True))
                case _:
                    options.append(Option(name=option, value=value, line=number))
        else:
            requirements.append(_requirement(line, number, name))
    return Requirements(
        requirements=tuple(requirements), includes=tuple(includes), options=tuple(options)
    )


def parse_requirement(text: str, line: int, name: str) -> Requirement:
    """Return the one requirement in *text* (PEP 508), which stands in *line* of the file *name*."""
    return _requirement(text, line, name)


_COMMENT = re.compile(r"(^|\s+)#.*$")


def _lines(text: str, first: int) -> list[tuple[int, str]]:
    """Return lines with their numbers: continuations joined, comments and empty lines left out."""
    result: list[tuple[int, str]] = []
    joined = ""
    start = 0
    for number, raw in enumerate(text.removeprefix("\ufeff").splitlines(), start=first):
        # A comment line ends no continuation, but what is behind it does not count.
        is_comment = raw.lstrip().startswith("#")
        if not joined:
            start = number
        if raw.endswith("\\") and not is_comment:
            joined += raw[:-1] + " "
            continue
        line = joined + (" " if is_comment and joined else raw)
        joined = ""
        line = _COMMENT.sub("", line).strip()
        if line:
            result.append((start, line))
    rest = _COMMENT.sub("", joined).strip()
    return [*result, (start, rest)] if rest else result


_SHORT = {
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
    "-i": "--index-url",
    "-f": "--find-links",
}
_LONG = frozenset(
    {
        *_SHORT.values(), "--pypi-url", "--extra-index-url", "--no-index", "--pre",
        "--prefer-binary", "--no-binary", "--only-binary", "--require-hashes", "--trusted-host",
        "--use-feature",
    }
)  # fmt: skip
_FLAGS = frozenset({"--no-index", "--pre", "--prefer-binary", "--require-hashes"})


def _option(line: str, place: str) -> tuple[str, str]:
    match = re.match(r"(--[a-z-]+|-[a-zA-Z])(?:\s*=\s*|\s+|(?<=^-[a-zA-Z]))?(.*)$", line)
    name = _SHORT.get(match[1], match[1]) if match else line.split(None, 1)[0]
    if match is None or name not in _LONG:
        raise ProjectError(
            f"{place}: `{name}` is no option of a requirements file",
            hint="see pip's page on the requirements file format",
        )
    value = match[2].strip().strip("\"'")
    if not value and name not in _FLAGS:
        raise ProjectError(f"{place}: the option `{match[1]}` needs a value")
    return name, value


_NAME = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*")
_HASH = re.compile(r"\s--hash(?:=|\s+)([a-z0-9]+:[0-9a-fA-F]+)")
_PER_REQUIREMENT = re.compile(r"\s--(?:global-option|config-settings?|install-option)\b.*$")
_SPECIFIER = re.compile(
    r"\(?\s*(?:(?:===|==|!=|~=|<=|>=|<|>)\s*[^\s,;()]+\s*(?:,\s*(?=[=!~<>])|,?\s*\)?\s*$))*\)?\s*$"
)
_URL = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//|file:|[a-z]+\+[a-z]+:|[a-z]+\+[a-z]+@", re.IGNORECASE)
_ARCHIVES = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz")


def _requirement(line: str, number: int, file: str, *, editable: bool = False) -> Requirement:
    hashes = tuple(_HASH.findall(line))
    text = _PER_REQUIREMENT.sub("", _HASH.sub("", line)).strip()
    is_place = (
        editable
        or _URL.match(text) is not None
        or text.startswith((".", "/", "~"))
        or (" @ " not in text and text.partition(";")[0].strip().endswith(_ARCHIVES))
    )
    match = _NAME.match(text)
    if is_place and not (editable and match and text[match.end() :].startswith("@")):
        # A marker behind a URL needs a space before its semicolon (PEP 508).
        url, _, marker = text.partition(" ;")
        egg = re.search(r"#(?:.*&)?egg=([A-Za-z0-9._-]+)", url)
        return Requirement(
            name=normalised(egg[1]) if egg else "",
            text=text,
            line=number,
            url=url.strip(),
            marker=marker.strip(),
            hashes=hashes,
            editable=editable,
        )
    if match is None:
        raise _not_understood(text, number, file)
    extras = tuple(normalised(extra.strip()) for extra in (match[2] or "").split(",") if extra)
    rest = text[match.end() :]
    url = specifier = ""
    if rest.startswith("@"):
        url, _, marker = rest[1:].partition(" ;")
    else:
        specifier, _, marker = rest.partition(";")
        if not _SPECIFIER.match(specifier):
            raise _not_understood(text, number, file)
    return Requirement(
        name=normalised(match[1]),
        text=text,
        line=number,
        extras=extras,
        specifier=re.sub(r"[\s()]", "", specifier),
        url=url.strip(),
        marker=marker.strip(),
        hashes=hashes,
        editable=editable,
    )


def _not_understood(text: str, number: int, file: str) -> ProjectError:
    # A URL may carry a password.
    shown = re.sub(r"//[^/\s]*@", "//…@", text if len(text) <= 80 else f"{text[:79]}…")
    return ProjectError(
        f"{file}:{number}: `{shown}` is no requirement",
        hint="write a name and versions, such as `torch>=2.4,<3`",
    )
