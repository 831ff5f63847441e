"""The documents in a wheel's `.dist-info`: WHEEL, METADATA and entry_points.txt."""

from __future__ import annotations

import re
from dataclasses import dataclass

from boxwright.errors import PackageError
from boxwright.wheel.archive import WheelArchive
from boxwright.wheel.filename import canonical_name, is_same_version, parse_wheel_filename

_MOST_BYTES = 16_000_000
_WHEEL_VERSION = re.compile(r"(\d+)\.(\d+)")
_SCRIPT_NAME = re.compile(r"[^\s/=\[\]\x00-\x1f\x7f][^/=\x00-\x1f\x7f]*")
_OBJECT = re.compile(
    r"(?P<module>[\w.]+)\s*:\s*(?P<function>[\w.]+)\s*(?:\[[^\]]*\]\s*)?", re.ASCII
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A program that a wheel asks for: call *function* of *module*."""

    name: str
    module: str
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a wheel says of itself."""

    name: str
    version: str
    dist_info: str
    """Its `.dist-info` folder."""
    data: str
    """Its `.data` folder, which it need not have."""
    is_purelib: bool
    """`Root-Is-Purelib`: whether it is free of code for one architecture."""
    scripts: tuple[Script, ...]

    def check_is(self, name: str, version: str, wheel: WheelArchive) -> None:
        """Raise PackageError unless *wheel*, which this is of, is *version* of *name*."""
        if canonical_name(self.name) != canonical_name(name) or not is_same_version(
            self.version, version
        ):
            raise _wrong(
                wheel,
                f"is {self.name} {self.version}, but {name} {version} was asked for",
                hint="lock the project again; if that does not help, tell the wheel's publisher",
            )


def read_metadata(wheel: WheelArchive) -> Metadata:
    """
    Return what *wheel* says of itself.

    Raises PackageError where it contradicts its own file name, or needs an installer
    that knows a later version of the format.
    """
    dist_info = _dist_info(wheel)
    document = _headers(wheel, f"{dist_info}/WHEEL")
    version = _WHEEL_VERSION.fullmatch(document.get("wheel-version", ""))
    if version is None or version[1] != "1":
        raise _wrong(
            wheel,
            f"has `Wheel-Version: {document.get('wheel-version', '')}`, only 1.x is known",
            hint="ask for a release of boxwright that knows this format, or for an older wheel",
        )
    about = _headers(wheel, f"{dist_info}/METADATA")
    name, release = about.get("name", ""), about.get("version", "")
    named = {f"`{dist_info}`": _split(dist_info)}
    # A cache knows the wheel by its digest, so that there is no file name to contradict.
    if wheel.filename.endswith(".whl"):
        filename = parse_wheel_filename(wheel.filename)
        named["its file name"] = (filename.name, filename.version)
    for place, said in named.items():
        if canonical_name(said[0]) != canonical_name(name) or not is_same_version(said[1], release):
            raise _wrong(
                wheel,
                f"is {name} {release} by its METADATA, but {said[0]} {said[1]} by {place}",
                hint="fetch the wheel again under the name that its publisher gave it",
            )
    return Metadata(
        name=name,
        version=release,
        dist_info=dist_info,
        data=f"{dist_info.removesuffix('.dist-info')}.data",
        is_purelib=document.get("root-is-purelib", "").lower() == "true",
        scripts=_scripts(wheel, f"{dist_info}/entry_points.txt"),
    )


def _dist_info(wheel: WheelArchive) -> str:
    found = {
        folder
        for member in wheel.members
        if (folder := member.name.partition("/")[0]).endswith(".dist-info")
        and folder != member.name
    }
    if len(found) != 1:
        count = "no" if not found else "more than one"
        raise _wrong(wheel, f"has {count} `.dist-info` folder", hint=_FETCH_AGAIN)
    return found.pop()


def _split(dist_info: str) -> tuple[str, str]:
    name, _, version = dist_info.removesuffix(".dist-info").partition("-")
    return name, version


def _headers(wheel: WheelArchive, path: str) -> dict[str, str]:
    """Return the header fields of the document *path*, names in lower case; first one wins."""
    found: dict[str, str] = {}
    for line in _text(wheel, path).split("\n"):
        line = line.removesuffix("\r")
        if not line:
            break
        if line[0].isspace():
            continue
        key, _, value = line.partition(":")
        found.setdefault(key.strip().lower(), value.strip())
    return found


def _text(wheel: WheelArchive, path: str) -> str:
    member = wheel.find(path)
    if member is None:
        raise _wrong(wheel, f"has no `{path}`", hint=_FETCH_AGAIN)
    try:
        return wheel.content(member, limit=_MOST_BYTES).decode()
    except UnicodeDecodeError as error:
        raise _wrong(wheel, f"has a `{path}` that is not UTF-8", hint=_FETCH_AGAIN) from error


def _scripts(wheel: WheelArchive, path: str) -> tuple[Script, ...]:
    """
    Return the programs of entry_points.txt (Entry points specification, "File format").

    Written by hand because configparser would take `%`, `:` and upper case for its own.
    """
    if wheel.find(path) is None:
        return ()
    found: dict[str, Script] = {}
    section = ""
    for line in _text(wheel, path).splitlines():
        line = line.strip()
        if not line or line[0] in "#;":
            continue
        if line[0] == "[" and line[-1] == "]":
            section = line[1:-1].strip()
            continue
        if section not in ("console_scripts", "gui_scripts"):
            continue
        name, _, reference = (part.strip() for part in line.partition("="))
        target = _OBJECT.fullmatch(reference)
        if target is None or not _SCRIPT_NAME.fullmatch(name) or name in (".", ".."):
            raise _wrong(
                wheel,
                f"has an entry point that cannot be a program: `{line}`",
                hint="report it to the wheel's publisher; expected `name = module:function`",
            )
        script = Script(name=name, module=target["module"], function=target["function"])
        if found.setdefault(name, script) != script:
            raise _wrong(wheel, f"has two programs `{name}`", hint=_FETCH_AGAIN)
    return tuple(sorted(found.values(), key=lambda script: script.name))


_FETCH_AGAIN = (
    "the wheel is damaged or was not made by a build tool; fetch it again or ask its publisher"
)


def _wrong(wheel: WheelArchive, why: str, *, hint: str) -> PackageError:
    return PackageError(f"wheel `{wheel.filename}` {why}", hint=hint)
