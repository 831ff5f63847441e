"""
Which ecosystem of OSV tells of a package, and under which name.

Packages of a distribution are known by their source and its release, those of Python by
their normalised name (PEP 503). What no ecosystem tells of is a value, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import NamedTuple

from boxwright.scan.packages.package import Distribution, Inventory, Package

MATCHED = (
    "AlmaLinux",
    "Alpaquita",
    "Alpine",
    "Azure Linux",
    "Bitnami",
    "Chainguard",
    "Debian",
    "Echo",
    "Mageia",
    "MinimOS",
    "Photon OS",
    "PyPI",
    "Red Hat",
    "Rocky Linux",
    "SUSE",
    "Ubuntu",
    "Wolfi",
    "npm",
    "openEuler",
    "openSUSE",
)
"""The ecosystems that packages of images are looked up in."""

DEFAULT = ("PyPI", "Debian", "Ubuntu", "Alpine", "Bitnami")
"""Those that an update fetches by itself; Bitnami's tells of Pythons of no distribution."""

_LONGEST_VERSION = 256
_UBUNTU_PRO = re.compile(r"esm[0-9]")
_UBUNTU_FIPS = re.compile(r"\+[Ff]ips")
_NUMBERS = re.compile(r"[0-9]+(\.[0-9]+)?")
_PYTHON_FILE = re.compile(r"(?:^|/)(?:site-packages|dist-packages)/")


class Target(NamedTuple):
    """A package, and what to look up for it."""

    package: Package
    ecosystem: str
    """With its release, as the service wants it: `Debian:12`, `Ubuntu:22.04:LTS`."""
    name: str
    version: str
    """As the package has it; advisories may speak of a part only."""
    via: str = ""
    """What the evidence has to add: `the conda package is taken for that of PyPI`."""

    @property
    def base(self) -> str:
        """The ecosystem without its release."""
        return base_of(self.ecosystem)

    @property
    def release(self) -> str:
        """The release as `release_of` gives it."""
        return release_of(self.ecosystem)


class Untargeted(NamedTuple):
    """Packages that nothing was looked up for."""

    what: str
    """Which packages: `conda`, `deb`."""
    reason: str
    packages: tuple[Package, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What to look up for an inventory, and what not."""

    targets: tuple[Target, ...]
    untargeted: tuple[Untargeted, ...]
    through_distribution: int
    """Packages of Python that are matched as the distribution's packages that they belong to."""


def base_of(ecosystem: str) -> str:
    """
    Return *ecosystem* without its release.

    >>> base_of("Ubuntu:22.04:LTS")
    'Ubuntu'
    """
    return ecosystem.partition(":")[0]


def release_of(ecosystem: str) -> str:
    """
    Return the release of *ecosystem*, as it is compared; empty where it has none.

    What is the same release in different words becomes one: support for long, repositories
    of one product.

    >>> release_of("Ubuntu:22.04:LTS"), release_of("Ubuntu:Pro:22.04:LTS"), release_of("PyPI")
    ('22.04', 'Pro:22.04', '')
    >>> release_of("Red Hat:enterprise_linux:9::baseos")
    'enterprise_linux:9'
    """
    base, _, release = ecosystem.partition(":")
    if base == "Ubuntu":
        return release.removesuffix(":LTS")
    if base == "Red Hat":
        return release.partition("::")[0]
    return release


def normal_name(base: str, name: str) -> str:
    """
    Return *name* as it is looked up in the ecosystem *base*.

    >>> normal_name("PyPI", "Ruamel_yaml")
    'ruamel-yaml'
    """
    return re.sub(r"[-_.]+", "-", name).lower() if base == "PyPI" else name


def targets_of(
    inventory: Inventory, *, of_distribution: Callable[[Package], bool] = lambda _: False
) -> Targets:
    """
    Return what to look up for the packages of *inventory*.

    *of_distribution* tells of a package of Python, conda or an interpreter whether one of the
    distribution's packages brought it: its advisories are then the distribution's, whose
    patches do not show in the version.
    """
    targets: list[Target] = []
    missed: dict[tuple[str, str], list[Package]] = {}
    through = 0
    distribution = _Distribution.of(inventory.distribution)
    in_python = {
        (normal_name("PyPI", package.name), package.version)
        for package in inventory.packages
        if package.type == "pypi" and not package.vendored_in
    }
    for package in inventory.packages:
        if package.type in _LANGUAGES and of_distribution(package):
            through += 1
            continue
        found: list[Target] | str
        if not package.version:
            found = "they have no version"
        elif len(package.version) > _LONGEST_VERSION:
            found = f"their versions have more than {_LONGEST_VERSION} characters"
        elif package.type in ("deb", "apk", "rpm"):
            found = distribution.targets(package)
        else:
            found = _language_targets(package, in_python)
        if isinstance(found, str):
            missed.setdefault((package.type, found), []).append(package)
        else:
            targets += found
    return Targets(
        targets=tuple(targets),
        untargeted=tuple(
            Untargeted(kind, reason, tuple(packages))
            for (kind, reason), packages in sorted(missed.items())
        ),
        through_distribution=through,
    )


_LANGUAGES = ("pypi", "conda", "generic", "npm")
_NONE = "no database of OSV tells of them"


def _language_targets(package: Package, in_python: Set[tuple[str, str]]) -> list[Target] | str:
    match package.type:
        case "pypi":
            return [Target(package, "PyPI", normal_name("PyPI", package.name), package.version)]
        case "npm":
            return [Target(package, "npm", package.name, package.version)]
        case "generic" if package.name in ("python", "cpython"):
            via = "Bitnami's database tells of CPython"
            return [Target(package, "Bitnami", "python", package.version, via)]
        case "conda" if package.name == "python":
            via = "the conda package is taken for CPython, of which Bitnami's database tells"
            return [Target(package, "Bitnami", "python", package.version, via)]
        case "conda":
            name = normal_name("PyPI", package.name)
            if (name, package.version) in in_python:
                # Its metadata is there, too, and is matched as what it is.
                return []
            if _is_of_python(package):
                via = "the conda package is taken for that of PyPI"
                return [Target(package, "PyPI", name, package.version, via)]
            return f"they are no packages of Python, and {_NONE}"
        case _:
            return _NONE


def _is_of_python(package: Package) -> bool:
    return any(_PYTHON_FILE.search(file.path) for file in package.files) or (
        package.architecture == "noarch" and "python" in package.requires
    )


@dataclass(frozen=True, slots=True)
class _Distribution:
    """The ecosystem of a distribution's packages, or why it has none."""

    kind: str
    """The type of its packages; empty where it has no ecosystem."""
    ecosystems: tuple[str, ...]
    reason: str
    by_binary: bool = False
    """Whether advisories may name binary packages, too."""

    @classmethod
    def of(cls, distribution: Distribution | None) -> _Distribution:
        if distribution is None:
            return cls("", (), "the image does not say which distribution it is")
        reader = _DISTRIBUTIONS.get(distribution.id)
        if reader is None:
            return cls("", (), f"no database of OSV tells of packages of `{distribution.id}`")
        kind, name_of, by_binary = reader
        ecosystems = name_of(distribution)
        if not ecosystems:
            shown = distribution.name or f"{distribution.id} {distribution.version_id}".strip()
            return cls("", (), f"no database of OSV tells of the release `{shown}`")
        return cls(kind, ecosystems, "", by_binary)

    def targets(self, package: Package) -> list[Target] | str:
        if self.reason:
            return self.reason
        if package.type != self.kind:
            return f"they are not packages of `{base_of(self.ecosystems[0])}`"
        ecosystems = self.ecosystems
        names = {package.source or package.name: package.source_version or package.version}
        if self.by_binary:
            names.setdefault(package.name, package.version)
        via = ""
        if ecosystems[0].startswith("Ubuntu:"):
            release = ecosystems[0].removeprefix("Ubuntu:")
            if _UBUNTU_FIPS.search(package.version):
                ecosystems = (f"Ubuntu:Pro:FIPS-updates:{release}",)
                via = "the package is of Ubuntu Pro"
            elif _UBUNTU_PRO.search(package.version):
                ecosystems = (f"Ubuntu:Pro:{release}",)
                via = "the package is of Ubuntu Pro"
        return [
            Target(package, ecosystem, name, version, via)
            for ecosystem in ecosystems
            for name, version in names.items()
        ]


def _numbers(distribution: Distribution, parts: int) -> str:
    """Return the first *parts* numbers of the release; empty where it does not begin with them."""
    pieces = distribution.version_id.split(".")
    if len(pieces) < parts or not all(p.isascii() and p.isdigit() for p in pieces[:parts]):
        return ""
    return ".".join(pieces[:parts])


_DEBIAN = {"buster": "10", "bullseye": "11", "bookworm": "12", "trixie": "13", "forky": "14"}


def _debian(distribution: Distribution) -> tuple[str, ...]:
    # Before its release a suite has a codename and no number.
    number = _numbers(distribution, 1) or _DEBIAN.get(distribution.codename, "")
    return (f"Debian:{number}",) if number else ()


def _ubuntu(distribution: Distribution) -> tuple[str, ...]:
    number = _numbers(distribution, 2)
    if not number:
        return ()
    year, month = number.split(".")
    is_lts = month == "04" and int(year) % 2 == 0
    return (f"Ubuntu:{number}:LTS" if is_lts else f"Ubuntu:{number}",)


def _alpine(distribution: Distribution) -> tuple[str, ...]:
    # The rolling branch calls itself `3.23.0_alpha20250612`.
    number = _numbers(distribution, 2)
    return (f"Alpine:v{number}",) if number and "_" not in distribution.version_id else ()


def _red_hat(distribution: Distribution) -> tuple[str, ...]:
    number = _numbers(distribution, 1)
    # One release, whose repositories have products of their own.
    parts = ("baseos", "appstream")
    return tuple(f"Red Hat:enterprise_linux:{number}::{part}" for part in parts) if number else ()


def _suse(distribution: Distribution) -> tuple[str, ...]:
    # Its ecosystems are called as `PRETTY_NAME` has it, less its first word.
    if distribution.id == "opensuse-tumbleweed":
        return ("openSUSE:Tumbleweed",)
    if distribution.id == "opensuse-leap":
        return (f"openSUSE:Leap {distribution.version_id}",) if distribution.version_id else ()
    number = _NUMBERS.fullmatch(distribution.version_id)
    if number is None:
        return ()
    major, _, minor = number[0].partition(".")
    pack = f" SP{minor}" if minor and int(minor) else ""
    return (f"SUSE:Linux Enterprise Server {major}{pack}",)


def _open_euler(distribution: Distribution) -> tuple[str, ...]:
    # `openEuler 24.03 (LTS-SP1)`
    kind = re.search(r"\((LTS[-A-Z0-9]*)\)", distribution.name)
    number = _numbers(distribution, 2)
    return (f"openEuler:{number}-{kind[1]}",) if kind and number else ()


def _by_numbers(ecosystem: str, parts: int) -> Callable[[Distribution], tuple[str, ...]]:
    def name_of(distribution: Distribution) -> tuple[str, ...]:
        number = _numbers(distribution, parts)
        return (f"{ecosystem}:{number}",) if number else ()

    return name_of


def _rolling(ecosystem: str) -> Callable[[Distribution], tuple[str, ...]]:
    return lambda _: (ecosystem,)


_DISTRIBUTIONS: Mapping[str, tuple[str, Callable[[Distribution], tuple[str, ...]], bool]] = {
    "almalinux": ("rpm", _by_numbers("AlmaLinux", 1), True),
    "alpaquita": ("apk", _by_numbers("Alpaquita", 1), False),
    "alpine": ("apk", _alpine, False),
    "azurelinux": ("rpm", _by_numbers("Azure Linux", 1), False),
    "chainguard": ("apk", _rolling("Chainguard"), True),
    "debian": ("deb", _debian, False),
    "echo": ("deb", _rolling("Echo"), False),
    "mageia": ("rpm", _by_numbers("Mageia", 1), False),
    "mariner": ("rpm", _by_numbers("Azure Linux", 1), False),
    "minimos": ("apk", _rolling("MinimOS"), True),
    "openEuler": ("rpm", _open_euler, False),
    "opensuse-leap": ("rpm", _suse, False),
    "opensuse-tumbleweed": ("rpm", _suse, False),
    "photon": ("rpm", _by_numbers("Photon OS", 2), True),
    "rhel": ("rpm", _red_hat, True),
    "rocky": ("rpm", _by_numbers("Rocky Linux", 1), True),
    "sles": ("rpm", _suse, False),
    "ubuntu": ("deb", _ubuntu, False),
    "wolfi": ("apk", _rolling("Wolfi"), True),
}
"""By `ID`: the type of its packages, the ecosystem, whether advisories name binaries, too."""
