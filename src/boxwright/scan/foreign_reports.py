"""
Reports of Trivy, Grype and Docker Scout → the same matches as ours.

Trivy and Grype in their JSON, Scout in SARIF (`docker scout cves --format sarif`). Packages
are those of our own inventory where it has them, so that layer, files and advice are known;
otherwise what the report says of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from boxwright.errors import SettingsError
from boxwright.scan.advisories.ecosystem import normal_name
from boxwright.scan.advisories.record import Severity
from boxwright.scan.advisories.severity import rating, severity_of
from boxwright.scan.match import in_order
from boxwright.scan.package_url import parse_package_url
from boxwright.scan.packages.package import Inventory, Package
from boxwright.scan.versions.ordering import ordering_of_type
from boxwright.scan.vulnerability import Advisory, Match

_LARGEST = 256 << 20
_SEVERITIES = {
    "CRITICAL": "critical",
    "HIGH": "high",
    "MEDIUM": "medium",
    "MODERATE": "medium",
    "LOW": "low",
    "NEGLIGIBLE": "low",
    "NONE": "none",
}
_UNFIXED = ("", "not fixed", "none", "unknown")
_TRIVY_TYPES = {
    "python-pkg": "pypi",
    "pip": "pypi",
    "poetry": "pypi",
    "pipenv": "pypi",
    "uv": "pypi",
    "conda-pkg": "conda",
    "conda-environment": "conda",
    "node-pkg": "npm",
    "npm": "npm",
    "yarn": "npm",
    "gobinary": "golang",
    "rustbinary": "cargo",
    "jar": "maven",
    "alpine": "apk",
    "wolfi": "apk",
    "chainguard": "apk",
    "debian": "deb",
    "ubuntu": "deb",
    "alma": "rpm",
    "amazon": "rpm",
    "azurelinux": "rpm",
    "cbl-mariner": "rpm",
    "centos": "rpm",
    "fedora": "rpm",
    "oracle": "rpm",
    "photon": "rpm",
    "redhat": "rpm",
    "rocky": "rpm",
    "suse linux enterprise server": "rpm",
    "opensuse-leap": "rpm",
}
_GRYPE_TYPES = {
    "python": "pypi",
    "go-module": "golang",
    "rust-crate": "cargo",
    "java-archive": "maven",
    "binary": "generic",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What another tool found."""

    tool: str
    """`trivy`, `grype` or `scout`."""
    matches: tuple[Match, ...]
    problems: tuple[str, ...] = ()
    """What of it could not be understood, in clauses."""


def read_report(
    name: str,
    content: bytes,
    *,
    inventory: Inventory,
    diff_ids: Sequence[str] = (),
    layer_of: Callable[[Package], int | None] = lambda _: None,
) -> Report:
    """
    Return the matches in *content*, the file *name*.

    *diff_ids* are the image's, lowest first: reports name layers by them. Raises
    SettingsError where it is no report that is known.
    """
    hint = "read are Trivy's and Grype's JSON, and Docker Scout's SARIF"
    if len(content) > _LARGEST:
        raise SettingsError(f"{name}: it has {len(content)} bytes, more than {_LARGEST}")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{name}: it is no JSON that can be read", hint=hint) from error
    known = _Known(inventory, diff_ids, layer_of)
    if isinstance(document, Mapping):
        if "SchemaVersion" in document and ("Results" in document or "ArtifactName" in document):
            return _report("trivy", _of_trivy(document, known))
        if isinstance(document.get("matches"), list):
            return _report("grype", _of_grype(document, known))
        if isinstance(document.get("runs"), list) and _is_scout(document):
            return _report("scout", _of_scout(document, known))
    raise SettingsError(f"{name}: it is no report that is known", hint=hint)


def _report(tool: str, found: Iterable[Match | str]) -> Report:
    matches: list[Match] = []
    problems: list[str] = []
    for each in found:
        if isinstance(each, Match):
            matches.append(each)
        else:
            problems.append(each)
    return Report(tool=tool, matches=in_order(matches), problems=tuple(problems))


class _Known:
    """The packages and layers that we know of ourselves."""

    def __init__(
        self,
        inventory: Inventory,
        diff_ids: Sequence[str],
        layer_of: Callable[[Package], int | None],
    ) -> None:
        self._layers = {diff_id: at for at, diff_id in enumerate(diff_ids)}
        self._layer_of = layer_of
        self._packages: dict[tuple[str, str, str], list[Package]] = {}
        for package in inventory.packages:
            key = _key(package.type, package.name, package.version)
            self._packages.setdefault(key, []).append(package)

    def find(self, kind: str, name: str, version: str, path: str) -> Package:
        """Return our package of that name, the one at *path* if there are several."""
        ours = self._packages.get(_key(kind, name, version), [])
        path = path.lstrip("/")
        exact = [package for package in ours if package.path == path]
        for package in (*exact, *ours):
            return package
        return Package(type=kind, name=name, version=version, path=path)

    def layer(self, package: Package, diff_id: str) -> int | None:
        """Return the layer that the report names, or that we know."""
        at = self._layers.get(diff_id)
        return self._layer_of(package) if at is None else at


def _key(kind: str, name: str, version: str) -> tuple[str, str, str]:
    return kind, normal_name("PyPI", name) if kind == "pypi" else name, version


# Trivy.


def _of_trivy(document: Mapping[str, Any], known: _Known) -> Iterable[Match | str]:
    for result in _mappings(document.get("Results")):
        kind = _TRIVY_TYPES.get(_text(result.get("Type")), _text(result.get("Type")) or "generic")
        target = _text(result.get("Target"))
        lang = _text(result.get("Class")) == "lang-pkgs"
        for item in _mappings(result.get("Vulnerabilities")):
            yield _trivy_match(item, kind, target if lang else "", known, "affected", "")
        for changed in _mappings(result.get("ExperimentalModifiedFindings")):
            finding = changed.get("Finding")
            if _text(changed.get("Type")) != "vulnerability" or not isinstance(finding, Mapping):
                continue
            status = _text(changed.get("Status"))
            said = _text(changed.get("Statement")) or status.replace("_", " ")
            reason = f"{said} ({_text(changed.get('Source')) or 'trivy'})"
            known_state = status in ("not_affected", "fixed", "under_investigation")
            state = status if known_state else "ignored"
            yield _trivy_match(finding, kind, target if lang else "", known, state, reason)


def _trivy_match(
    item: Mapping[str, Any], kind: str, target: str, known: _Known, state: str, reason: str
) -> Match | str:
    identifier, name = _text(item.get("VulnerabilityID")), _text(item.get("PkgName"))
    version = _text(item.get("InstalledVersion"))
    if not identifier or not name:
        return f"a finding of trivy names no vulnerability or no package: `{identifier or name}`"
    identifiers = item.get("PkgIdentifier")
    purl = _text(identifiers.get("PURL")) if isinstance(identifiers, Mapping) else ""
    if url := parse_package_url(purl):
        kind = url.type
    path = _text(item.get("PkgPath")) or target
    package = known.find(kind, name, version, path)
    layer = item.get("Layer")
    diff_id = _text(layer.get("DiffID")) if isinstance(layer, Mapping) else ""
    source = item.get("DataSource")
    database = _text(source.get("Name")) if isinstance(source, Mapping) else ""
    vendors = item.get("CVSS")
    scores = [
        Severity(type=kind, score=_text(vendor.get(key)))
        for vendor in (vendors.values() if isinstance(vendors, Mapping) else ())
        if isinstance(vendor, Mapping)
        for kind, key in (
            ("CVSS_V4", "V40Vector"),
            ("CVSS_V3", "V3Vector"),
            ("CVSS_V2", "V2Vector"),
        )
        if vendor.get(key)
    ]
    fixed = _fixes(_text(item.get("FixedVersion")).split(","), package)
    return Match(
        package=package,
        advisory=_advisory(
            identifier,
            aliases=_texts(item.get("VendorIDs")),
            summary=_text(item.get("Title")) or _text(item.get("Description")),
            word=_text(item.get("Severity")),
            scores=scores,
            published=_text(item.get("PublishedDate")),
            modified=_text(item.get("LastModifiedDate")),
            references=(_text(item.get("PrimaryURL")), *_texts(item.get("References"))),
        ),
        record=identifier,
        ecosystem=database,
        evidence=f"trivy says so of {version}" + (f", by {database}" if database else ""),
        fixed=fixed,
        layer=known.layer(package, diff_id),
        state=state,
        reason=reason,
        source="trivy",
    )


# Grype.


def _of_grype(document: Mapping[str, Any], known: _Known) -> Iterable[Match | str]:
    for item in _mappings(document.get("matches")):
        yield _grype_match(item, known, "affected", "")
    for item in _mappings(document.get("ignoredMatches")):
        rules = list(_mappings(item.get("appliedIgnoreRules")))
        said = "; ".join(filter(None, (_text(rule.get("reason")) for rule in rules)))
        vex = next((_text(rule.get("vex-status")) for rule in rules if rule.get("vex-status")), "")
        state = vex if vex in ("not_affected", "fixed", "under_investigation") else "ignored"
        yield _grype_match(item, known, state, said or "by a rule of grype")


def _grype_match(item: Mapping[str, Any], known: _Known, state: str, reason: str) -> Match | str:
    vulnerability, artifact = item.get("vulnerability"), item.get("artifact")
    if not isinstance(vulnerability, Mapping) or not isinstance(artifact, Mapping):
        return "a match of grype has no vulnerability or no artifact"
    identifier, name = _text(vulnerability.get("id")), _text(artifact.get("name"))
    if not identifier or not name:
        return f"a match of grype names no vulnerability or no package: `{identifier or name}`"
    version = _text(artifact.get("version"))
    kind = _GRYPE_TYPES.get(_text(artifact.get("type")), _text(artifact.get("type")))
    if url := parse_package_url(_text(artifact.get("purl"))):
        kind = url.type
    places = list(_mappings(artifact.get("locations")))
    path = _text(places[0].get("path")) if places else ""
    diff_id = _text(places[0].get("layerID")) if places else ""
    package = known.find(kind, name, version, path)
    related = list(_mappings(item.get("relatedVulnerabilities")))
    scores = [
        Severity(type=f"CVSS_V{_text(score.get('version'))[:1]}", score=_text(score.get("vector")))
        for each in (vulnerability, *related)
        for score in _mappings(each.get("cvss"))
    ]
    constraint = next(
        (
            _text(found.get("versionConstraint"))
            for detail in _mappings(item.get("matchDetails"))
            if isinstance(found := detail.get("found"), Mapping)
        ),
        "",
    )
    fix = vulnerability.get("fix")
    names = [identifier, *(_text(each.get("id")) for each in related)]
    best = min(filter(None, names), key=lambda each: not each.startswith("CVE-"))
    return Match(
        package=package,
        advisory=_advisory(
            best,
            aliases=tuple(each for each in dict.fromkeys(names) if each and each != best),
            summary=_text(vulnerability.get("description"))
            or next((_text(each.get("description")) for each in related), ""),
            word=_text(vulnerability.get("severity")),
            scores=scores,
            references=(_text(vulnerability.get("dataSource")), *_texts(vulnerability.get("urls"))),
        ),
        record=identifier,
        ecosystem=_text(vulnerability.get("namespace")),
        evidence=f"grype says so of {version}"
        + (f": `{constraint}`" if constraint and constraint != "none" else ""),
        fixed=_fixes(_texts(fix.get("versions")) if isinstance(fix, Mapping) else (), package),
        layer=known.layer(package, diff_id),
        state=state,
        reason=reason,
        source="grype",
    )


# Docker Scout.


def _is_scout(document: Mapping[str, Any]) -> bool:
    return any("scout" in _text(_driver(run).get("name")).lower() for run in _runs(document))


def _of_scout(document: Mapping[str, Any], known: _Known) -> Iterable[Match | str]:
    for run in _runs(document):
        places: dict[str, str] = {}
        for result in _mappings(run.get("results")):
            places.setdefault(_text(result.get("ruleId")), _place(result))
        for rule in _mappings(_driver(run).get("rules")):
            yield from _scout_matches(rule, places.get(_text(rule.get("id")), ""), known)


def _scout_matches(rule: Mapping[str, Any], place: str, known: _Known) -> Iterable[Match | str]:
    properties = rule.get("properties")
    fields = properties if isinstance(properties, Mapping) else {}
    identifier = _text(rule.get("id"))
    purls = [*_texts(fields.get("purls")), *filter(None, [_text(fields.get("purl"))])]
    if not identifier or not purls:
        yield f"a rule of docker scout names no package: `{identifier}`"
        return
    shown = rule.get("shortDescription")
    summary = _text(shown.get("text")) if isinstance(shown, Mapping) else ""
    score = _text(fields.get("security-severity"))
    number = float(score) if re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,3})?", score) else None
    word = _text(fields.get("cvssV3_severity"))
    affected = _text(fields.get("affected_version"))
    for purl in dict.fromkeys(purls):
        url = parse_package_url(purl)
        if url is None:
            yield f"`{purl[:200]}` in the rule `{identifier}` of docker scout is no package URL"
            continue
        name = f"{url.namespace}/{url.name}" if url.type == "npm" and url.namespace else url.name
        package = known.find(url.type, name, url.version, place)
        # Without a severity of its own Scout writes a score that means none.
        rated = number if word.upper() in _SEVERITIES else None
        vectors = [_text(value) for key, value in fields.items() if "vector" in key.lower()]
        yield Match(
            package=package,
            advisory=_advisory(
                identifier,
                summary=summary.removeprefix(f"{identifier}: "),
                word=word,
                scores=[
                    Severity(type=f"CVSS_V{vector[5]}", score=vector)
                    for vector in vectors
                    if vector.startswith("CVSS:")
                ],
                score=rated,
                references=(_text(rule.get("helpUri")),),
            ),
            record=identifier,
            ecosystem="",
            evidence=f"docker scout says so of {url.version}"
            + (f": `{affected}`" if affected else ""),
            fixed=_fixes(_text(fields.get("fixed_version")).split(","), package),
            layer=known.layer(package, ""),
            source="scout",
        )


def _runs(document: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return _mappings(document.get("runs"))


def _driver(run: Mapping[str, Any]) -> Mapping[str, Any]:
    tool = run.get("tool")
    driver = tool.get("driver") if isinstance(tool, Mapping) else None
    return driver if isinstance(driver, Mapping) else {}


def _place(result: Mapping[str, Any]) -> str:
    for location in _mappings(result.get("locations")):
        physical = location.get("physicalLocation")
        artifact = physical.get("artifactLocation") if isinstance(physical, Mapping) else None
        if isinstance(artifact, Mapping):
            return _text(artifact.get("uri"))
    return ""


# All of them.


def _advisory(
    identifier: str,
    *,
    aliases: Iterable[str] = (),
    summary: str,
    word: str,
    scores: Sequence[Severity],
    score: float | None = None,
    published: str = "",
    modified: str = "",
    references: Iterable[str] = (),
) -> Advisory:
    severity, base, vector = severity_of(scores, ())
    base = score if base is None else base
    if base is not None and severity == "unknown":
        severity = rating(base)
    # The tool's own word decides: it knows what the distribution says.
    severity = _SEVERITIES.get(word.upper(), severity)
    line = " ".join(summary[:2000].split())
    return Advisory(
        id=identifier,
        aliases=tuple(dict.fromkeys(aliases)),
        summary=line if len(line) <= 200 else f"{line[:199].rstrip()}…",
        severity=severity,
        score=base,
        vector=vector,
        published=published,
        modified=modified,
        references=tuple(dict.fromkeys(filter(None, references)))[:20],
    )


def _fixes(versions: Iterable[str], package: Package) -> tuple[str, ...]:
    """Return *versions* above that of *package*, the lowest first."""
    ordering = ordering_of_type(package.type)
    ours = ordering.key(ordering.public(package.version))
    named = dict.fromkeys(version.strip() for version in versions)
    fixed = [version for version in named if version.lower() not in _UNFIXED]
    return tuple(sorted((each for each in fixed if ordering.key(each) > ours), key=ordering.key))


def _mappings(value: object) -> Iterable[Mapping[str, Any]]:
    return (item for item in value if isinstance(item, Mapping)) if isinstance(value, list) else ()


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
