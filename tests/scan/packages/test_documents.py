"""Which contents of an image are kept."""

import pytest

from boxwright.scan.packages.documents import MOST_BYTES, MOST_BYTES_OF_SMALL, wanted

SITE = "opt/venv/lib/python3.11/site-packages"


@pytest.mark.parametrize(
    "path",
    [
        "var/lib/dpkg/status",
        "srv/chroot/var/lib/dpkg/status",
        "var/lib/dpkg/status.d/libc6",
        "var/lib/dpkg/status.d/libc6.md5sums",
        "var/lib/dpkg/info/libc6:amd64.list",
        "var/lib/dpkg/info/libc6:amd64.md5sums",
        "usr/share/doc/libc6/copyright",
        "lib/apk/db/installed",
        "usr/lib/apk/db/installed",
        "usr/lib/sysimage/rpm/rpmdb.sqlite",
        "var/lib/rpmmanifest/container-manifest-2",
        f"{SITE}/a-1.0.dist-info/METADATA",
        f"{SITE}/a-1.0.dist-info/RECORD",
        f"{SITE}/a-1.0.dist-info/INSTALLER",
        f"{SITE}/a-1.0.dist-info/direct_url.json",
        f"{SITE}/A-1.0.DIST-INFO/METADATA",
        f"{SITE}/a-1.0.egg-info",
        f"{SITE}/a-1.0.egg-info/PKG-INFO",
        f"{SITE}/a-1.0.egg-info/requires.txt",
        f"{SITE}/a-1.0.egg/EGG-INFO/PKG-INFO",
        f"{SITE}/a-1.0.egg",
        f"{SITE}/a.egg-link",
        "opt/conda/conda-meta/numpy-1.26.4-0.json",
        "opt/conda/conda-meta/history",
        "app/node_modules/@babel/core/package.json",
        "etc/os-release",
        "usr/lib/os-release",
        "etc/debian_version",
        "etc/alpine-release",
        "etc/passwd",
        "etc/group",
        "etc/shadow",
        "etc/apt/sources.list",
        "etc/apt/sources.list.d/nvidia.list",
        "etc/apt/sources.list.d/debian.sources",
        "etc/apt/apt.conf.d/99unsigned",
        "usr/local/include/python3.11/patchlevel.h",
        "usr/local/cuda-12.4/version.json",
        "opt/venv/pyvenv.cfg",
    ],
)
def test_documents_of_packages_and_accounts_are_kept(path) -> None:
    assert wanted(path, 100)


@pytest.mark.parametrize(
    "path",
    [
        "usr/bin/status",
        "etc/ssl/certs/ca-certificates.crt",
        f"{SITE}/a/METADATA",
        f"{SITE}/a-1.0.dist-info/WHEEL",
        f"{SITE}/a-1.0.dist-info/licenses/LICENSE",
        f"{SITE}/a/data.json",
        f"{SITE}/a/words.list",
        "opt/app/version.json",
        "var/lib/dpkg/info/libc6.postinst",
        "usr/src/copyright",
        "home/me/etc/passwd",
        "usr/share/rpm/Packages",
    ],
)
def test_other_files_are_not(path) -> None:
    assert not wanted(path, 100)


def test_what_is_too_long_is_not_kept() -> None:
    kept = [
        wanted("var/lib/dpkg/status", MOST_BYTES),
        wanted("var/lib/dpkg/status", MOST_BYTES + 1),
        wanted("etc/passwd", MOST_BYTES_OF_SMALL + 1),
    ]

    assert kept == [True, False, False]
