"""
VEX: what others say of vulnerabilities in a product, and what we say to others.

OpenVEX (https://github.com/openvex/spec, 0.2.0; 0.0.1 is read, too) and the analyses of
CycloneDX (https://cyclonedx.org/capabilities/vex/). Each statement applies or does not, and
says why: nobody should have to guess which product a name means.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from boxwright.errors import SettingsError, StoreError
from boxwright.oci.canonical import canonical_json
from boxwright.oci.reference import Reference, parse_reference
from boxwright.scan.exceptions import Ignore
from boxwright.scan.package_url import PackageUrl, package_url, parse_package_url
from boxwright.scan.packages.package import Distribution, Package
from boxwright.scan.vulnerability import Match

_STATES = ("not_affected", "affected", "fixed", "under_investigation")
_CYCLONEDX_STATES = {
    "resolved": "fixed",
    "resolved_with_pedigree": "fixed",
    "exploitable": "affected",
    "in_triage": "under_investigation",
    "false_positive": "not_affected",
    "not_affected": "not_affected",
}
_CDX_REFERENCE = re.compile(r"urn:cdx:[0-9a-fA-F-]{36}/[0-9]+#(?P<ref>.+)", re.DOTALL)
_LARGEST = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The image that statements are held against."""

    name: str
    """As the user called it."""
    digests: tuple[str, ...] = ()
    """Of its manifest, of the index that it is in, of its configuration."""

    @property
    def reference(self) -> Reference | None:
        """Where it is kept, if its name tells that."""
        try:
            return parse_reference(self.name)
        except StoreError:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What a statement is about."""

    name: str
    """A package URL, or the name of an image."""
    parts: tuple[str, ...] = ()
    """The packages in it that are meant, as package URLs; all where it is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What somebody says of a vulnerability."""

    vulnerability: tuple[str, ...]
    """All its names."""
    products: tuple[Product, ...]
    """Empty in an analysis without `affects`, which speaks of the whole document."""
    state: str
    """As VEX has it: `not_affected`, `affected`, `fixed`, `under_investigation`."""
    justification: str = ""
    detail: str = ""
    timestamp: str = ""
    source: str
    """Where it stands: `app.vex.json: statements[0]`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a statement."""

    statement: Statement
    applied: int
    """To how many matches."""
    reason: str = ""
    """Why to none, in a clause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Matches after the statements, and what became of these."""

    matches: tuple[Match, ...]
    outcomes: tuple[Outcome, ...]


def apply_vex(
    matches: Sequence[Match], statements: Iterable[Statement], subject: Subject
) -> Judged:
    """
    Return *matches* in the states that *statements* about *subject* or its packages give them.

    Of several statements about a match the one with the latest time decides, of those without
    a time the last.
    """
    result = list(matches)
    outcomes = []
    in_time = sorted(statements, key=lambda statement: statement.timestamp)
    for statement in in_time:
        if why_not := _why_invalid(statement):
            outcomes.append(Outcome(statement=statement, applied=0, reason=why_not))
            continue
        of_vulnerability = [at for at, match in enumerate(result) if _is_about(statement, match)]
        if not of_vulnerability:
            name = statement.vulnerability[0]
            reason = f"no package of the image has `{name}`"
            outcomes.append(Outcome(statement=statement, applied=0, reason=reason))
            continue
        applied = 0
        reasons: dict[str, None] = {}
        for at in of_vulnerability:
            reason = _why_not(statement, result[at].package, subject)
            if reason:
                reasons[reason] = None
            else:
                applied += 1
                result[at] = _judged(result[at], statement)
        outcomes.append(
            Outcome(
                statement=statement,
                applied=applied,
                reason="" if applied else next(iter(reasons), ""),
            )
        )
    return Judged(matches=tuple(result), outcomes=tuple(outcomes))


def _why_invalid(statement: Statement) -> str:
    if not statement.vulnerability:
        return "it names no vulnerability"
    if statement.state not in _STATES:
        return f"its state `{statement.state}` is none of VEX"
    if statement.state == "not_affected" and not (statement.justification or statement.detail):
        # OpenVEX 0.2.0, "Status Labels": one of both MUST be there.
        return "it says `not_affected` with no justification and no impact statement"
    return ""


def _is_about(statement: Statement, match: Match) -> bool:
    ours = {match.advisory.id, match.record, *match.advisory.aliases}
    return not {name.upper() for name in ours}.isdisjoint(
        name.upper() for name in statement.vulnerability
    )


def _judged(match: Match, statement: Statement) -> Match:
    words = statement.justification.replace("_", " ")
    said = "; ".join(filter(None, (words, statement.detail))) or statement.state.replace("_", " ")
    return replace(match, state=statement.state, reason=f"{said} ({statement.source})")


def _why_not(statement: Statement, package: Package, subject: Subject) -> str:
    """Return why *statement* does not speak of *package* in *subject*; empty if it does."""
    if not statement.products:
        return ""
    reasons: dict[str, None] = {}
    for product in statement.products:
        reason = _why_other(product, package, subject)
        if not reason:
            return ""
        reasons[reason] = None
    return "; ".join(list(reasons)[:3])


def _why_other(product: Product, package: Package, subject: Subject) -> str:
    url = parse_package_url(product.name)
    if url is not None and url.type not in ("oci", "docker"):
        if not url.names(package):
            return f"`{product.name}` is not `{package.name}` {package.version}"
        # Parts of a package are not told apart here.
        return f"it is about parts of `{product.name}`" if product.parts else ""
    reason = _why_other_image(url, product.name, subject)
    if reason:
        return reason
    if not product.parts:
        return ""
    for part in product.parts:
        part_url = parse_package_url(part)
        if part_url is not None and part_url.names(package):
            return ""
    return f"`{product.parts[0]}` is not `{package.name}` {package.version}"


def _why_other_image(url: PackageUrl | None, name: str, subject: Subject) -> str:
    if url is not None:
        return _why_other_url(url, name, subject)
    try:
        named = parse_reference(name)
    except StoreError:
        return f"`{name}` is no package URL and no name of an image"
    ours = subject.reference
    if named.digest is not None and named.digest not in subject.digests:
        return f"`{name}` has another digest than the image"
    if ours is None:
        same = named.digest is not None or name == subject.name
        return "" if same else f"`{name}` is not the image `{subject.name}`"
    if (named.registry, named.repository) != (ours.registry, ours.repository):
        # A bare name means an image of that name, wherever it is kept.
        bare = "/" not in name and _last(named.repository) == _last(ours.repository)
        if not bare:
            return f"`{name}` is not the image `{subject.name}`"
    tagged = ":" in name.rpartition("/")[2].partition("@")[0]
    if tagged and named.digest is None and ours.tag and named.tag != ours.tag:
        return f"`{name}` has another tag than `{subject.name}`"
    return ""


def _why_other_url(url: PackageUrl, name: str, subject: Subject) -> str:
    ours = subject.reference
    if url.version.startswith("sha256:") and url.version not in subject.digests:
        return f"`{name}` has another digest than the image"
    if ours is None:
        # What has no place of its own is known by its digest only, or by its file's name.
        known = url.version in subject.digests or url.name == subject.name
        return "" if known else f"`{name}` is not the image `{subject.name}`"
    if url.name != _last(ours.repository):
        return f"`{name}` is not the image `{subject.name}`"
    place = url.qualifiers.get("repository_url", "")
    if place:
        place = re.sub(r"^[a-z]+://", "", place).strip("/")
        full = f"{ours.registry}/{ours.repository}"
        familiar = (full, ours.repository, full.rpartition("/")[0])
        if place not in familiar and place.replace("index.docker.io", "docker.io") not in familiar:
            return f"`{name}` is kept at `{place}`, the image at `{full}`"
    tag = url.qualifiers.get("tag", "")
    if tag and ours.tag and tag != ours.tag:
        return f"`{name}` has another tag than `{subject.name}`"
    return ""


def _last(repository: str) -> str:
    return repository.rpartition("/")[2]


# Reading.


def read_vex(name: str, content: bytes) -> tuple[Statement, ...]:
    """
    Return the statements of the document *content* of the file *name*.

    Raises SettingsError where it is neither OpenVEX nor CycloneDX.
    """
    hint = "OpenVEX and CycloneDX documents in JSON can be read"
    if len(content) > _LARGEST:
        raise SettingsError(f"{name}: it has {len(content)} bytes, more than {_LARGEST}")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{name}: it is no JSON that can be read", hint=hint) from error
    if isinstance(document, Mapping):
        if document.get("bomFormat") == "CycloneDX":
            return tuple(_of_cyclonedx(document, name))
        if "openvex" in str(document.get("@context", "")):
            return tuple(_of_openvex(document, name))
    raise SettingsError(f"{name}: it is no VEX document that is known", hint=hint)


def _of_openvex(document: Mapping[str, Any], name: str) -> Iterable[Statement]:
    written = _text(document.get("last_updated")) or _text(document.get("timestamp"))
    for at, item in enumerate(_mappings(document.get("statements"))):
        yield Statement(
            vulnerability=_openvex_names(item.get("vulnerability")),
            products=tuple(_openvex_products(item.get("products"))),
            state=_text(item.get("status")),
            justification=_text(item.get("justification")),
            detail=_text(item.get("impact_statement")) or _text(item.get("action_statement")),
            timestamp=_text(item.get("timestamp")) or written,
            source=f"{name}: statements[{at}]",
        )


def _openvex_names(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        # As 0.0.1 had it.
        return (value,) if value else ()
    if not isinstance(value, Mapping):
        return ()
    identifier = _text(value.get("@id")).rstrip("/").rpartition("/")[2]
    names = (_text(value.get("name")), identifier, *_texts(value.get("aliases")))
    return tuple(dict.fromkeys(filter(None, names)))


def _openvex_products(value: object) -> Iterable[Product]:
    for item in value if isinstance(value, list) else ():
        if isinstance(item, str):
            yield Product(name=item)
        elif isinstance(item, Mapping):
            parts = tuple(
                part if isinstance(part, str) else _openvex_name(part)
                for part in item.get("subcomponents") or ()
                if isinstance(part, (str, Mapping))
            )
            yield Product(name=_openvex_name(item), parts=parts)


def _openvex_name(item: Mapping[str, Any]) -> str:
    identifiers = item.get("identifiers")
    purl = _text(identifiers.get("purl")) if isinstance(identifiers, Mapping) else ""
    return purl or _text(item.get("@id"))


def _of_cyclonedx(document: Mapping[str, Any], name: str) -> Iterable[Statement]:
    purls = dict(_purls_by_reference(document))
    written = ""
    if isinstance(metadata := document.get("metadata"), Mapping):
        written = _text(metadata.get("timestamp"))
    for at, item in enumerate(_mappings(document.get("vulnerabilities"))):
        analysis = item.get("analysis")
        if not isinstance(analysis, Mapping) or not analysis.get("state"):
            continue
        state = _text(analysis.get("state"))
        justification = _text(analysis.get("justification"))
        if state == "false_positive":
            justification = justification or "false positive"
        others = [_text(each.get("id")) for each in _mappings(item.get("references"))]
        yield Statement(
            vulnerability=tuple(dict.fromkeys(filter(None, (_text(item.get("id")), *others)))),
            products=tuple(
                Product(name=_resolved(_text(each.get("ref")), purls))
                for each in _mappings(item.get("affects"))
            ),
            state=_CYCLONEDX_STATES.get(state, state),
            justification=justification,
            detail=_text(analysis.get("detail")),
            timestamp=_text(analysis.get("lastUpdated")) or written,
            source=f"{name}: vulnerabilities[{at}]",
        )


def _purls_by_reference(document: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    metadata = document.get("metadata")
    waiting: list[object] = [document.get("components")]
    if isinstance(metadata, Mapping):
        waiting.append([metadata.get("component")])
    while waiting:
        for item in _mappings(waiting.pop()):
            purl = _text(item.get("purl")) or _text(item.get("name"))
            yield _text(item.get("bom-ref")), purl
            waiting.append(item.get("components"))


def _resolved(reference: str, purls: Mapping[str, str]) -> str:
    linked = _CDX_REFERENCE.fullmatch(reference)
    reference = linked["ref"] if linked else reference
    return purls.get(reference) or reference


def _mappings(value: object) -> Iterable[Mapping[str, Any]]:
    return (item for item in value if isinstance(item, Mapping)) if isinstance(value, list) else ()


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


# Writing.


@dataclass(slots=True)
class _Said:
    ignore: Ignore
    packages: dict[str, None] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)


def openvex_document(
    matches: Sequence[Match],
    ignores: Sequence[Ignore],
    subject: Subject,
    *,
    distribution: Distribution | None,
    author: str,
    timestamp: str,
) -> bytes:
    """
    Return what *ignores* say of *matches*, as an OpenVEX document about *subject*.

    An entry with a justification says `not_affected`; one that only accepts the risk says
    `affected`, with its reason as the action: nobody else should take it for harmless. The
    same input gives the same bytes.
    """
    statements: list[dict[str, Any]] = []
    said: dict[tuple[int, str], _Said] = {}
    for match in matches:
        for at, ignore in enumerate(ignores):
            if ignore.covers(match):
                entry = said.setdefault((at, match.advisory.id), _Said(ignore))
                url = package_url(match.package, distribution)
                entry.packages[url.partition("?")[0]] = None
                entry.names |= dict.fromkeys(match.advisory.aliases)
                break
    product = _product_of(subject)
    for (_, name), entry in sorted(said.items(), key=lambda item: (item[0][1], item[0][0])):
        statement: dict[str, Any] = {
            "vulnerability": {"name": name, "aliases": sorted(entry.names)},
            "products": [
                {**product, "subcomponents": [{"@id": url} for url in sorted(entry.packages)]}
            ],
        }
        if entry.ignore.justification:
            statement["status"] = "not_affected"
            statement["justification"] = entry.ignore.justification
            statement["impact_statement"] = entry.ignore.reason
        else:
            until = f" (until {entry.ignore.expires})" if entry.ignore.expires else ""
            statement["status"] = "affected"
            statement["action_statement"] = f"accepted: {entry.ignore.reason}{until}"
        if not entry.names:
            del statement["vulnerability"]["aliases"]
        statements.append(statement)
    document: dict[str, Any] = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "author": author,
        "timestamp": timestamp,
        "version": 1,
        "tooling": "boxwright",
        "statements": statements,
    }
    digest = hashlib.sha256(canonical_json(document)).hexdigest()
    document["@id"] = f"https://openvex.dev/docs/public/vex-{digest}"
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def _product_of(subject: Subject) -> dict[str, Any]:
    reference = subject.reference
    if reference is None:
        digest = subject.digests[0] if subject.digests else ""
        return {"@id": f"pkg:oci/image@{digest}" if digest else subject.name}
    digest = subject.digests[0] if subject.digests else str(reference.digest or "")
    name = _last(reference.repository)
    place = f"{reference.registry}/{reference.repository}"
    version = f"@{digest.replace(':', '%3A')}" if digest else ""
    url = f"pkg:oci/{name}{version}?repository_url={place}"
    product: dict[str, Any] = {"@id": url, "identifiers": {"purl": url}}
    if digest.startswith("sha256:"):
        product["hashes"] = {"sha-256": digest.removeprefix("sha256:")}
    return product
