"""What both forms of a bill are made of."""

import pytest
from tests.scan.packages.trees import DEBIAN, NPM, PYTHONS
from tests.scan.sbom.bills import DIGEST, bill

from boxwright.oci.platform import Platform
from boxwright.scan.packages.package import Package
from boxwright.scan.sbom.bill import address, make_bill


def needs(tree) -> dict[str, list[str]]:
    parts = bill(tree).packages
    return {
        f"{part.package.name} {part.package.version}": [
            f"{parts[at].package.name} {parts[at].package.version}" for at in part.needs
        ]
        for part in parts
        if part.needs
    }


def test_distributions_need_those_of_their_own_environment() -> None:
    assert needs(PYTHONS)["torch 2.5.1+cu121"] == ["filelock 3.13.1"]


def test_packages_of_debian_need_what_provides_it() -> None:
    assert needs(DEBIAN) == {
        "half-way 0.9": ["perl-base 5.36.0-7+deb12u3"],
        "libc6 2.36-9+deb12u14": ["libgcc-s1 12.2.0-14+deb12u1"],
        "libgcc-s1 12.2.0-14+deb12u1": [
            "gcc-12-base 12.2.0-14+deb12u1",
            "libc6 2.36-9+deb12u14",
        ],
        "perl-base 5.36.0-7+deb12u3": ["libc6 2.36-9+deb12u14"],
    }


def test_packages_of_npm_need_the_nearest() -> None:
    assert needs(NPM) == {
        "@babel/core 7.24.0": ["semver 6.3.1"],
        "shop 1.0.0": ["lodash 4.17.21"],
    }


def test_the_order_of_what_is_given_does_not_matter() -> None:
    packages = [
        (Package(type="pypi", name=name, version="1", path=f"{name}/METADATA"), 0)
        for name in ("c", "a", "b")
    ]

    made = {
        make_bill(
            name="a",
            digest=DIGEST,
            created="",
            platform=Platform("linux", "amd64"),
            layers=[],
            distribution=None,
            packages=given,
        )
        for given in (packages, packages[::-1])
    }

    assert len(made) == 1


def test_packages_that_are_told_of_twice_are_told_apart() -> None:
    package = Package(type="pypi", name="a", version="1", path="METADATA")

    made = make_bill(
        name="a",
        digest=DIGEST,
        created="",
        platform=Platform("linux", "amd64"),
        layers=[],
        distribution=None,
        packages=[(package, 0), (package, 0)],
    )

    first, second = (part.key for part in made.packages)
    assert second == f"{first}-2"


@pytest.mark.parametrize(
    ("created", "told"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.123456789+02:00", "2026-01-02T01:04:05Z"),
        ("2026-01-02T03:04:05", "2026-01-02T03:04:05Z"),
        ("0001-01-01T00:00:00+10:00", ""),
        ("yesterday", ""),
        ("", ""),
    ],
)
def test_the_time_is_in_whole_seconds_of_utc(created, told) -> None:
    assert bill({}, created=created).created == told


@pytest.mark.parametrize(
    ("name", "called", "url"),
    [
        ("app", "app", f"pkg:oci/app@{DIGEST}?arch=amd64"),
        ("app:1.0", "app:1.0", f"pkg:oci/app@{DIGEST}?arch=amd64&tag=1.0"),
        (
            "ghcr.io/team/app:1.0",
            "ghcr.io/team/app:1.0",
            f"pkg:oci/app@{DIGEST}?arch=amd64&repository_url=ghcr.io/team/app&tag=1.0",
        ),
        (
            f"localhost:5000/app@{DIGEST}",
            "localhost:5000/app",
            f"pkg:oci/app@{DIGEST}?arch=amd64&repository_url=localhost:5000/app",
        ),
        ("/home/me/My.tar", "My.tar", f"pkg:oci/my.tar@{DIGEST}?arch=amd64"),
        (DIGEST, "image", f"pkg:oci/image@{DIGEST}?arch=amd64"),
    ],
)
def test_an_image_is_called_by_its_name(name, called, url) -> None:
    made = make_bill(
        name=name,
        digest=DIGEST,
        created="",
        platform=Platform("linux", "amd64"),
        layers=[],
        distribution=None,
        packages=[],
    )

    assert (made.name, made.url) == (called, url)


def test_only_addresses_of_pages_are_such() -> None:
    texts = [
        "https://a.example/b",
        "http://[::1",
        "ftp://a.example",
        "a.example",
        "https://a b",
        "",
    ]

    assert [address(text) for text in texts] == ["https://a.example/b", "", "", "", "", ""]
