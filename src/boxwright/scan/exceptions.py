"""
Vulnerabilities that somebody decided to live with, each with a reason and an end.

Ours stand in the settings (`[[tool.boxwright.scan.ignore]]`); what `.trivyignore`,
`.trivyignore.yaml` and `.grype.yaml` hold counts, too. An entry that has expired counts for
nothing, and that is told; so is an entry that asks for more than can be looked at.
"""

from __future__ import annotations

import datetime
import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from boxwright.errors import SettingsError
from boxwright.scan.advisories.ecosystem import normal_name
from boxwright.scan.package_url import parse_package_url
from boxwright.scan.versions.ordering import ordering_of_type
from boxwright.scan.vulnerability import Match

JUSTIFICATIONS = (
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
)
"""OpenVEX's words for why something is not affected."""

_CLAUSE = re.compile(r"(<=|>=|==|!=|<|>|=)?\s*([^\s<>=!,]+)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """An entry; what is empty applies to all."""

    id: str = ""
    """A CVE, or any other name of the vulnerability."""
    package: str = ""
    type: str = ""
    """As purl has it."""
    purl: str = ""
    versions: str = ""
    """`<2.32`, `>=1.0,<1.4`, or one version."""
    path: str = ""
    """A pattern of the file that tells of the package; `*` matches `/`, too."""
    fixable: bool | None = None
    """Only where there is a version that mends it, or only where there is none."""
    justification: str = ""
    """Why it is not affected, one of JUSTIFICATIONS; empty where the risk is accepted."""
    reason: str
    expires: datetime.date | None = None
    """The last day that it counts; None for ever."""
    source: str
    """Where it is written: `pyproject.toml: tool.boxwright.scan.ignore[0]`."""

    def covers(self, match: Match) -> bool:
        """Return whether *match* is one that it is about, whatever the day."""
        package = match.package
        if self.id and self.id.upper() not in _ids(match):
            return False
        if self.package and not _same_name(self.package, match):
            return False
        if self.type and self.type != package.type:
            return False
        if self.purl:
            url = parse_package_url(self.purl)
            if url is None or not url.names(package):
                return False
        if self.versions and not _satisfies(package.version, self.versions, package.type):
            return False
        if self.path and not fnmatch.fnmatchcase(package.path, self.path.lstrip("/")):
            return False
        return self.fixable is None or self.fixable == bool(match.fixed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Entries of a file, and what of it was not taken over, in clauses."""

    entries: tuple[Ignore, ...]
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """Matches after the entries, and what is to be told of these, in clauses."""

    matches: tuple[Match, ...]
    notices: tuple[str, ...]


def apply_ignores(
    matches: Sequence[Match], ignores: Sequence[Ignore], today: datetime.date
) -> Applied:
    """
    Return *matches*, those that an entry covers on *today* with the state `ignored`.

    An entry that expired, and one that covers nothing, is told.
    """
    used: set[int] = set()
    result = []
    for match in matches:
        covering = [(at, ignore) for at, ignore in enumerate(ignores) if ignore.covers(match)]
        used.update(at for at, _ in covering)
        valid = next((ignore for _, ignore in covering if not _is_over(ignore, today)), None)
        if valid is None or match.state not in ("affected", "under_investigation"):
            result.append(match)
            continue
        until = f", until {valid.expires}" if valid.expires else ""
        state = "not_affected" if valid.justification else "ignored"
        reason = f"{valid.reason} ({valid.source}{until})"
        result.append(replace(match, state=state, reason=reason))
    notices = []
    for at, ignore in enumerate(ignores):
        name = f"`{ignore.id or ignore.package or ignore.purl or ignore.path}` ({ignore.source})"
        if _is_over(ignore, today):
            counted = "and counts again" if at in used else "and covers nothing: remove it"
            notices.append(f"the entry for {name} expired on {ignore.expires} {counted}")
        elif at not in used:
            notices.append(f"the entry for {name} covers nothing: remove it")
    return Applied(matches=tuple(result), notices=tuple(notices))


def _is_over(ignore: Ignore, today: datetime.date) -> bool:
    return ignore.expires is not None and ignore.expires < today


def _ids(match: Match) -> set[str]:
    names = (match.advisory.id, match.record, *match.advisory.aliases)
    return {name.upper() for name in names}


def _same_name(name: str, match: Match) -> bool:
    package = match.package
    if package.type in ("pypi", "conda"):
        return normal_name("PyPI", name) == normal_name("PyPI", package.name)
    return name in (package.name, package.source)


def _satisfies(version: str, versions: str, purl_type: str) -> bool:
    ordering = ordering_of_type(purl_type)
    ours = ordering.key(ordering.public(version))
    for clause in versions.split(","):
        parsed = _CLAUSE.fullmatch(clause.strip())
        if parsed is None:
            return False
        theirs = ordering.key(parsed[2])
        holds = {
            "<": ours < theirs,
            "<=": ours <= theirs,
            ">": ours > theirs,
            ">=": ours >= theirs,
            "!=": ours != theirs,
        }.get(parsed[1] or "==", ours == theirs)
        if not holds:
            return False
    return True


# Our own settings.

_KEYS = ("id", "package", "purl", "versions", "path", "justification", "reason", "expires")
_HINT = 'write `{ id = "CVE-2024-1234", package = "name", reason = "why", expires = 2026-12-31 }`'


def parse_ignores(value: object, *, file: str, key: str) -> tuple[Ignore, ...]:
    """
    Return the entries of *value*, what TOML has at *key* of *file*.

    Raises SettingsError, with the place, where an entry is not as it should be: without a
    reason, without an end, or with a date that is none.
    """
    if not isinstance(value, list):
        raise SettingsError(f"{file}: {key}: expected an array of tables", hint=_HINT)
    return tuple(_ignore(item, f"{file}: {key}[{at}]") for at, item in enumerate(value))


def _ignore(item: object, place: str) -> Ignore:
    if not isinstance(item, Mapping):
        raise SettingsError(f"{place}: expected a table", hint=_HINT)
    unknown = [key for key in item if key not in _KEYS]
    if unknown:
        known = ", ".join(f"`{key}`" for key in _KEYS)
        raise SettingsError(f"{place}.{unknown[0]}: unknown key", hint=f"known keys are {known}")
    words = {key: _word(item, key, place) for key in _KEYS if key != "expires"}
    if not (words["id"] or words["package"] or words["purl"]):
        raise SettingsError(f"{place}: it says neither `id` nor `package` nor `purl`", hint=_HINT)
    if not words["reason"]:
        raise SettingsError(f"{place}: it has no `reason`", hint="say why it may be ignored")
    if words["purl"] and parse_package_url(words["purl"]) is None:
        raise SettingsError(
            f"{place}.purl: `{words['purl']}` is no package URL",
            hint="write it as in `pkg:pypi/requests@2.31.0`",
        )
    if words["justification"] and words["justification"] not in JUSTIFICATIONS:
        known = ", ".join(f"`{word}`" for word in JUSTIFICATIONS)
        raise SettingsError(
            f"{place}.justification: `{words['justification']}` is not known",
            hint=f"write one of {known}",
        )
    _check_versions(words["versions"], f"{place}.versions")
    return Ignore(
        id=words["id"],
        package=words["package"],
        purl=words["purl"],
        versions=words["versions"],
        path=words["path"],
        justification=words["justification"],
        reason=words["reason"],
        expires=_end(item.get("expires"), f"{place}.expires"),
        source=place,
    )


def _word(item: Mapping[str, object], key: str, place: str) -> str:
    value = item.get(key, "")
    if not isinstance(value, str):
        raise SettingsError(f"{place}.{key}: expected a string", hint=_HINT)
    return value.strip()


def _check_versions(versions: str, place: str) -> None:
    for clause in versions.split(",") if versions else ():
        if _CLAUSE.fullmatch(clause.strip()) is None:
            raise SettingsError(
                f"{place}: `{clause.strip()}` compares with no version",
                hint="write it as in `>=1.0, <1.4`",
            )


def _end(value: object, place: str) -> datetime.date | None:
    hint = 'write a date such as 2026-12-31, or "never"'
    if value == "never":
        return None
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    if isinstance(value, str):
        return _date(value, place, hint)
    problem = "it is missing" if value is None else "expected a date"
    raise SettingsError(f"{place}: {problem}", hint=hint)


def _date(text: str, place: str, hint: str) -> datetime.date:
    try:
        if _DATE.fullmatch(text.strip()):
            return datetime.date.fromisoformat(text.strip())
    except ValueError:
        pass
    raise SettingsError(f"{place}: `{text}` is no date", hint=hint)


# Those of other tools.

_UNREASONED = "no reason is given"
_EXPIRY_HINT = "write the date as year, month and day: 2026-12-31"


def read_ignore_file(name: str, content: bytes) -> Read:
    """
    Return the entries of the file *name*: `.trivyignore`, `.trivyignore.yaml`, `.grype.yaml`.

    Raises SettingsError where it cannot be read or has a date that is none.
    """
    base = name.replace("\\", "/").rpartition("/")[2]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{name}: it is no text in UTF-8") from error
    if base.endswith((".yaml", ".yml")):
        document = _yaml(text, name)
        return _of_grype(document, name) if "grype" in base else _of_trivy(document, name)
    return _of_lines(text, name)


def _of_lines(text: str, name: str) -> Read:
    entries = []
    comment: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        words, _, trailing = line.partition("#")
        if not words.strip():
            # A comment directly above is taken for the reason.
            comment = [*comment, trailing.strip()] if trailing.strip() else []
            continue
        identifier, *fields = words.split()
        place = f"{name}, line {number}"
        expires = None
        for each in fields:
            key, _, value = each.partition(":")
            if key == "exp":
                expires = _date(value, place, _EXPIRY_HINT)
        reason = trailing.strip() or " ".join(comment) or _UNREASONED
        entries.append(Ignore(id=identifier, reason=reason, expires=expires, source=place))
        comment = []
    return Read(entries=tuple(entries))


def _of_trivy(document: Mapping[str, Any], name: str) -> Read:
    entries: list[Ignore] = []
    notices: list[str] = []
    for at, item in enumerate(_items(document.get("vulnerabilities"))):
        place = f"{name}: vulnerabilities[{at}]"
        identifier = item.get("id")
        if not isinstance(identifier, str) or not identifier:
            notices.append(f"{place} names no vulnerability and is not applied")
            continue
        expires = item.get("expired_at")
        paths, purls = _texts(item.get("paths")), _texts(item.get("purls"))
        entry = Ignore(
            id=identifier,
            reason=str(item.get("statement") or "").strip() or _UNREASONED,
            expires=None if expires is None else _end(expires, f"{place}.expired_at"),
            source=place,
        )
        entries += [
            replace(entry, path=_deep(path), purl=purl)
            for path in paths or ("",)
            for purl in purls or ("",)
        ]
    return Read(entries=tuple(entries), notices=tuple(notices))


_GRYPE_KEYS = {"vulnerability", "reason", "package", "fix-state", "include-aliases"}
_GRYPE_PACKAGE_KEYS = {"name", "version", "type", "location"}
_GRYPE_TYPES = {"python": "pypi", "deb": "deb", "apk": "apk", "rpm": "rpm", "npm": "npm"}
_FIX_STATES = {"fixed": True, "not-fixed": False, "wont-fix": False, "unknown": False}


def _of_grype(document: Mapping[str, Any], name: str) -> Read:
    entries: list[Ignore] = []
    notices: list[str] = []
    for at, item in enumerate(_items(document.get("ignore"))):
        place = f"{name}: ignore[{at}]"
        package = item.get("package")
        fields = package if isinstance(package, Mapping) else {}
        unknown = [key for key, value in item.items() if value and key not in _GRYPE_KEYS]
        unknown += [
            key for key, value in fields.items() if value and key not in _GRYPE_PACKAGE_KEYS
        ]
        state = str(item.get("fix-state") or "")
        kind = str(fields.get("type") or "")
        pattern = str(fields.get("name") or "")
        if state and state not in _FIX_STATES:
            unknown.append(f"fix-state: {state}")
        if kind and kind not in _GRYPE_TYPES:
            unknown.append(f"type: {kind}")
        if re.search(r"[\\^$*+?()\[\]{}|]", pattern):
            unknown.append("a pattern as name")
        entry = Ignore(
            id=str(item.get("vulnerability") or ""),
            package=pattern,
            type=_GRYPE_TYPES.get(kind, ""),
            versions=str(fields.get("version") or ""),
            path=str(fields.get("location") or ""),
            fixable=_FIX_STATES.get(state),
            reason=str(item.get("reason") or "").strip() or _UNREASONED,
            source=place,
        )
        if unknown:
            # Without a condition it would cover more than it should.
            notices.append(f"{place} asks for `{unknown[0]}`, and is not applied")
        elif not (entry.id or entry.package or entry.path or entry.fixable is not None):
            notices.append(f"{place} would cover everything, and is not applied")
        else:
            entries.append(entry)
    return Read(entries=tuple(entries), notices=tuple(notices))


def _yaml(text: str, name: str) -> Mapping[str, Any]:
    import yaml

    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise SettingsError(f"{name}{line}: it is no YAML that can be read") from error
    if document is None:
        return {}
    if not isinstance(document, Mapping):
        raise SettingsError(f"{name}: expected a mapping at the top")
    return document


def _items(value: object) -> Iterable[Mapping[str, Any]]:
    return (item for item in value if isinstance(item, Mapping)) if isinstance(value, list) else ()


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _deep(pattern: str) -> str:
    # `*` matches `/` here, so that `**/x` is `*/x`, and `x` at the top, too, is `*x`.
    return pattern.replace("**/", "*").replace("**", "*")
