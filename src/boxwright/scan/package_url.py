"""Package URLs (purl-spec): the names of packages that every tool knows, made and read."""

from __future__ import annotations

import urllib.parse
from dataclasses import dataclass, field

from boxwright.scan.advisories.ecosystem import normal_name
from boxwright.scan.packages.package import Distribution, Package

_NAMESPACES = {
    "rhel": "redhat",
    "opensuse-leap": "opensuse",
    "opensuse-tumbleweed": "opensuse",
    "sles": "suse",
}
"""Distributions that package URLs call by another name than os-release."""
_DEFAULTS = {"deb": "debian", "apk": "alpine"}
_LONGEST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageUrl:
    """`pkg:type/namespace/name@version?qualifiers`, decoded."""

    type: str
    namespace: str = ""
    name: str
    version: str = ""
    qualifiers: dict[str, str] = field(default_factory=dict)

    def names(self, package: Package) -> bool:
        """
        Return whether it names *package*; without a version any version of it.

        A source package (`arch=source`) names all that was built from it. The namespace of a
        distribution is not compared: an image has only one.
        """
        if self.type != package.type:
            return False
        name, version = package.name, package.version
        if self.qualifiers.get("arch") in ("source", "src"):
            name = package.source or name
            version = package.source_version or version
        ours = (
            f"{self.namespace}/{self.name}" if self.type == "npm" and self.namespace else self.name
        )
        if self.type == "pypi":
            ours, name = normal_name("PyPI", ours), normal_name("PyPI", name)
        return ours == name and self.version in ("", version, _without_epoch(version))


def parse_package_url(text: str) -> PackageUrl | None:
    """
    Return the package URL in *text*; None where it is none.

    >>> parse_package_url("pkg:deb/debian/libstdc%2B%2B6@12.2.0-14?arch=amd64").name
    'libstdc++6'
    """
    scheme, colon, rest = text.strip().partition(":")
    if scheme.lower() != "pkg" or not colon or len(text) > _LONGEST:
        return None
    rest = rest.partition("#")[0].lstrip("/")
    rest, _, query = rest.partition("?")
    # From the right: a scope of npm begins with an @, too.
    path, at, version = rest.rpartition("@")
    if not at or "/" in version or path.endswith("/"):
        path, version = rest, ""
    kind, slash, path = path.partition("/")
    path = path.strip("/")
    if not kind or not slash or not path:
        return None
    namespace, _, name = path.rpartition("/")
    unquote = urllib.parse.unquote
    return PackageUrl(
        type=kind.lower(),
        namespace=unquote(namespace),
        name=unquote(name),
        version=unquote(version),
        qualifiers={
            key.lower(): unquote(value)
            for key, _, value in (part.partition("=") for part in query.split("&"))
            if key
        },
    )


def _without_epoch(version: str) -> str:
    # For rpm the epoch is a qualifier.
    epoch, colon, rest = version.partition(":")
    return rest if colon and epoch.isdigit() else version


def package_url(package: Package, distribution: Distribution | None) -> str:
    """
    Return the package URL of *package*, which is in an image of *distribution*.

    >>> package_url(Package(type="pypi", name="Torch", version="2.5.1+cu121", path=""), None)
    'pkg:pypi/torch@2.5.1%2Bcu121'
    """
    name, version = package.name, package.version
    namespace: tuple[str, ...] = ()
    qualifiers: dict[str, str] = {}
    match package.type:
        case "pypi":
            name = name.lower().replace("_", "-")
            qualifiers = _from_elsewhere(package)
        case "npm":
            scope, slash, rest = name.rpartition("/")
            namespace, name = ((scope,), rest) if slash else ((), name)
        case "conda":
            qualifiers = {
                "build": package.build,
                "channel": package.channel,
                "subdir": package.architecture,
            }
        case "deb" | "apk" | "rpm":
            namespace = _namespace(package.type, distribution)
            name = name.lower() if package.type != "rpm" else name
            qualifiers = _of_distribution(package, distribution)
            if package.type == "rpm":
                epoch, colon, rest = version.partition(":")
                if colon:
                    version, qualifiers["epoch"] = rest, epoch
        case _:
            pass
    return package_url_of(package.type, name, version, namespace=namespace, qualifiers=qualifiers)


def package_url_of(
    kind: str,
    name: str,
    version: str = "",
    *,
    namespace: tuple[str, ...] = (),
    qualifiers: dict[str, str] | None = None,
) -> str:
    """
    Return the package URL of these parts, which are not yet quoted; empty ones are left out.

    >>> package_url_of("generic", "a b", qualifiers={"checksum": "sha256:00", "x": ""})
    'pkg:generic/a%20b?checksum=sha256:00'
    """
    path = "/".join(_quoted(part) for part in (*namespace, name) if part)
    url = f"pkg:{kind}/{path}"
    if version:
        url += f"@{_quoted(version)}"
    given = sorted((key, value) for key, value in (qualifiers or {}).items() if value)
    if given:
        # What is written in addresses stays as it is there, a `/` above all.
        url += "?" + "&".join(f"{key}={_quoted(value, '/')}" for key, value in given)
    return url


def _namespace(kind: str, distribution: Distribution | None) -> tuple[str, ...]:
    if distribution is None:
        return (_DEFAULTS[kind],) if kind in _DEFAULTS else ()
    return (_NAMESPACES.get(distribution.id, distribution.id),)


def _of_distribution(package: Package, distribution: Distribution | None) -> dict[str, str]:
    upstream = package.source
    if package.type == "rpm":
        of = package.source or package.name
        at = package.source_version or package.version.rpartition(":")[2]
        upstream = f"{of}-{at}.src.rpm" if package.source or package.source_version else ""
    elif package.source_version:
        upstream = f"{package.source or package.name}@{package.source_version}"
    distro = ""
    if distribution is not None:
        distro = "-".join(
            part
            for part in (distribution.id, distribution.version_id or distribution.codename)
            if part
        )
    return {"arch": package.architecture, "distro": distro, "upstream": upstream}


def _from_elsewhere(package: Package) -> dict[str, str]:
    """Return where a distribution is from that is from no index; a folder is of no use to others."""
    scheme = package.origin.partition(":")[0]
    if "+" in scheme:
        return {"vcs_url": package.origin}
    if scheme in ("http", "https"):
        return {"checksum": package.digest, "download_url": package.origin}
    return {}


def _quoted(text: str, safe: str = "") -> str:
    return urllib.parse.quote(text, safe=f"{safe}:", errors="surrogateescape")
