"""Which distribution an image is of."""

import pytest
from tests.scan.packages.trees import ALL, OS_DEBIAN, Link, inventory

from boxwright.scan.packages.package import Distribution


def test_os_release_is_read() -> None:
    assert inventory(ALL["ubuntu"]).distribution == Distribution(
        id="ubuntu",
        version_id="24.04",
        name="Ubuntu 24.04.3 LTS",
        codename="noble",
        like=("debian",),
    )


def test_a_link_to_it_is_followed() -> None:
    trees = [
        {"usr/lib/os-release": OS_DEBIAN, "etc/os-release": Link("../usr/lib/os-release")},
        {"usr/lib/os-release": OS_DEBIAN, "etc/os-release": Link("/usr/lib/os-release")},
        {"usr/lib/os-release": OS_DEBIAN, "etc/os-release": Link("nowhere")},
        {"usr/lib/os-release": OS_DEBIAN, "etc/os-release": Link("os-release")},
    ]

    found = {
        distribution.version_id
        for tree in trees
        if (distribution := inventory(tree).distribution) is not None
    }

    assert found == {"12"}


def test_debian_testing_has_a_codename_only() -> None:
    found = inventory({"etc/os-release": "ID=debian\nVERSION_CODENAME=forky\n"})

    assert found.distribution == Distribution(id="debian", codename="forky")


@pytest.mark.parametrize(
    ("path", "content", "distribution"),
    [
        (
            "etc/alpine-release",
            "3.20.3\n",
            Distribution(id="alpine", version_id="3.20.3", name="Alpine Linux 3.20.3"),
        ),
        (
            "etc/debian_version",
            "12.11\n",
            Distribution(id="debian", version_id="12", name="Debian GNU/Linux 12.11"),
        ),
        (
            "etc/debian_version",
            "trixie/sid\n",
            Distribution(id="debian", name="Debian GNU/Linux trixie/sid"),
        ),
        (
            "etc/redhat-release",
            "Red Hat Enterprise Linux release 8.10 (Ootpa)\n",
            Distribution(
                id="rhel", version_id="8.10", name="Red Hat Enterprise Linux release 8.10 (Ootpa)"
            ),
        ),
        (
            "etc/lsb-release",
            'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\nDISTRIB_DESCRIPTION="Ubuntu 14.04"\n',
            Distribution(id="ubuntu", version_id="14.04", name="Ubuntu 14.04"),
        ),
    ],
)
def test_older_files_tell_it_too(path, content, distribution) -> None:
    assert inventory({path: content}).distribution == distribution


def test_an_image_from_scratch_is_of_none() -> None:
    assert inventory({"app": "ELF"}).distribution is None
