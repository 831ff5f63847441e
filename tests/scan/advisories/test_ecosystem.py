"""Each package is looked up where somebody tells of it, and under the right name."""

from __future__ import annotations

import pytest

from boxwright.scan.advisories.ecosystem import Target, targets_of
from boxwright.scan.packages.package import Distribution, Inventory, OwnedFile, Package

DEBIAN = Distribution(id="debian", version_id="12")


def package(kind: str, name: str, version: str = "1.0", **more: object) -> Package:
    return Package(type=kind, name=name, version=version, path=f"db/{name}", **more)  # type: ignore[arg-type]


def looked_up(
    *packages: Package, distribution: Distribution | None = DEBIAN
) -> list[tuple[str, ...]]:
    targets = targets_of(Inventory(packages=packages, distribution=distribution))
    assert targets.untargeted == ()
    return [target[1:4] for target in targets.targets]


def missed(*packages: Package, distribution: Distribution | None = DEBIAN) -> list[tuple[str, str]]:
    targets = targets_of(Inventory(packages=packages, distribution=distribution))
    assert targets.targets == ()
    return [(each.what, each.reason) for each in targets.untargeted]


@pytest.mark.parametrize(
    ("distribution", "kind", "ecosystems"),
    [
        (DEBIAN, "deb", ["Debian:12"]),
        (Distribution(id="debian", version_id="12.5"), "deb", ["Debian:12"]),
        (Distribution(id="debian", codename="forky"), "deb", ["Debian:14"]),
        (Distribution(id="ubuntu", version_id="22.04"), "deb", ["Ubuntu:22.04:LTS"]),
        (Distribution(id="ubuntu", version_id="24.10"), "deb", ["Ubuntu:24.10"]),
        (Distribution(id="ubuntu", version_id="23.04"), "deb", ["Ubuntu:23.04"]),
        (Distribution(id="alpine", version_id="3.20.3"), "apk", ["Alpine:v3.20"]),
        (Distribution(id="wolfi", version_id="20230201"), "apk", ["Wolfi"]),
        (Distribution(id="chainguard", version_id="20230214"), "apk", ["Chainguard"]),
        (Distribution(id="rocky", version_id="9.4"), "rpm", ["Rocky Linux:9"]),
        (Distribution(id="almalinux", version_id="8.10"), "rpm", ["AlmaLinux:8"]),
        (
            Distribution(id="rhel", version_id="9.4"),
            "rpm",
            ["Red Hat:enterprise_linux:9::baseos", "Red Hat:enterprise_linux:9::appstream"],
        ),
        (Distribution(id="opensuse-leap", version_id="15.6"), "rpm", ["openSUSE:Leap 15.6"]),
        (
            Distribution(id="sles", version_id="15.6"),
            "rpm",
            ["SUSE:Linux Enterprise Server 15 SP6"],
        ),
        (
            Distribution(id="openEuler", version_id="24.03", name="openEuler 24.03 (LTS-SP1)"),
            "rpm",
            ["openEuler:24.03-LTS-SP1"],
        ),
        (Distribution(id="photon", version_id="5.0"), "rpm", ["Photon OS:5.0"]),
        (Distribution(id="azurelinux", version_id="3.0"), "rpm", ["Azure Linux:3"]),
    ],
)
def test_the_release_of_a_distribution(
    distribution: Distribution, kind: str, ecosystems: list[str]
) -> None:
    found = looked_up(package(kind, "zlib"), distribution=distribution)

    assert found == [(ecosystem, "zlib", "1.0") for ecosystem in ecosystems]


def test_packages_of_debian_and_alpine_are_looked_up_by_their_source() -> None:
    built = package("deb", "libssl3", "3.0.11-1+b1", source="openssl", source_version="3.0.11-1")
    alpine = Distribution(id="alpine", version_id="3.20.3")

    assert looked_up(built) == [("Debian:12", "openssl", "3.0.11-1")]
    assert looked_up(
        package("apk", "libcrypto3", "3.3.1-r0", source="openssl"), distribution=alpine
    ) == [("Alpine:v3.20", "openssl", "3.3.1-r0")]


def test_packages_of_rpm_are_looked_up_by_both_names() -> None:
    rocky = Distribution(id="rocky", version_id="9.4")

    assert looked_up(
        package("rpm", "httpd-tools", "2.4-1", source="httpd"), distribution=rocky
    ) == [
        ("Rocky Linux:9", "httpd", "2.4-1"),
        ("Rocky Linux:9", "httpd-tools", "2.4-1"),
    ]


@pytest.mark.parametrize(
    ("version", "ecosystem"),
    [
        ("1.0-1ubuntu3", "Ubuntu:22.04:LTS"),
        ("1.0-1ubuntu3+esm2", "Ubuntu:Pro:22.04:LTS"),
        ("3.0.2-0ubuntu1.17+Fips1", "Ubuntu:Pro:FIPS-updates:22.04:LTS"),
    ],
)
def test_packages_of_ubuntu_pro_have_advisories_of_their_own(version: str, ecosystem: str) -> None:
    ubuntu = Distribution(id="ubuntu", version_id="22.04")

    assert looked_up(package("deb", "openssl", version), distribution=ubuntu) == [
        (ecosystem, "openssl", version)
    ]


@pytest.mark.parametrize(
    ("distribution", "kind", "reason"),
    [
        (None, "deb", "the image does not say which distribution it is"),
        (
            Distribution(id="fedora", version_id="41"),
            "rpm",
            "no database of OSV tells of packages of `fedora`",
        ),
        (
            Distribution(id="debian", codename="sid", name="Debian GNU/Linux sid"),
            "deb",
            "no database of OSV tells of the release `Debian GNU/Linux sid`",
        ),
        (
            Distribution(id="alpine", version_id="3.23.0_alpha20250612"),
            "apk",
            "no database of OSV tells of the release `alpine 3.23.0_alpha20250612`",
        ),
        (DEBIAN, "rpm", "they are not packages of `Debian`"),
    ],
)
def test_what_no_ecosystem_tells_of(
    distribution: Distribution | None, kind: str, reason: str
) -> None:
    assert missed(package(kind, "zlib"), distribution=distribution) == [(kind, reason)]


def test_packages_without_a_usable_version_are_told() -> None:
    assert missed(package("pypi", "a", ""), package("pypi", "b", "9" * 300)) == [
        ("pypi", "their versions have more than 256 characters"),
        ("pypi", "they have no version"),
    ]


def test_python_packages_of_conda_are_taken_for_those_of_pypi() -> None:
    files = (OwnedFile("opt/conda/lib/python3.12/site-packages/numpy/__init__.py"),)
    numpy = package("conda", "numpy", "1.26.0", files=files)
    noarch = package("conda", "requests", "2.31.0", architecture="noarch", requires=("python",))
    twice = package("conda", "Jinja2", "3.1.2", files=files)
    inventory = Inventory(packages=(numpy, noarch, twice, package("pypi", "jinja2", "3.1.2")))

    via = "the conda package is taken for that of PyPI"
    assert targets_of(inventory).targets == (
        Target(numpy, "PyPI", "numpy", "1.26.0", via),
        Target(noarch, "PyPI", "requests", "2.31.0", via),
        Target(inventory.packages[3], "PyPI", "jinja2", "3.1.2"),
    )


def test_libraries_of_conda_are_told_of_by_nobody() -> None:
    assert missed(package("conda", "openssl")) == [
        ("conda", "they are no packages of Python, and no database of OSV tells of them")
    ]


def test_an_interpreter_is_looked_up_at_bitnami() -> None:
    assert looked_up(package("generic", "python", "3.11.3")) == [("Bitnami", "python", "3.11.3")]
    assert looked_up(package("conda", "python", "3.11.3")) == [("Bitnami", "python", "3.11.3")]
    assert missed(package("generic", "node")) == [("generic", "no database of OSV tells of them")]


def test_python_packages_of_the_distribution_are_matched_through_it() -> None:
    owned, own = package("pypi", "requests"), package("pypi", "flask")
    inventory = Inventory(packages=(owned, own, package("npm", "left-pad")))

    targets = targets_of(inventory, of_distribution=lambda each: each is owned)

    assert [target.name for target in targets.targets] == ["flask", "left-pad"]
    assert targets.through_distribution == 1
