"""Files belong to the package that says so, and are told to be as promised only if they are."""

from __future__ import annotations

import hashlib

from tests.scan.images import (
    Entry,
    directory,
    file,
    hardlink,
    index_of,
    layer,
    symlink,
)

from boxwright.scan.filesystem import merge
from boxwright.scan.ownership import find_modified, find_owners, find_promises
from boxwright.scan.packages.package import OwnedFile, Package

SITE = "usr/lib/python3/dist-packages"


def owners(packages: list[Package], *entries: Entry) -> dict[str, str]:
    """Return whose each of the files is, as `type name`."""
    files = merge([index_of(layer(*entries))]).files
    return {
        path: f"{package.type} {package.name}"
        for path, package in sorted(find_owners(packages, files).items())
    }


def package(type_: str, name: str, path: str, *files: str, vendored_in: str = "") -> Package:
    """Return a package that lists *files*."""
    return Package(
        type=type_,
        name=name,
        version="1",
        path=path,
        vendored_in=vendored_in,
        architecture="amd64" if type_ == "deb" else "",
        files=tuple(OwnedFile(file) for file in files),
    )


def sha256(text: str) -> str:
    """Return the digest of *text* as packages write it."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def test_files_belong_to_the_package_that_lists_them() -> None:
    bash = package("deb", "bash", "var/lib/dpkg/status", "bin/bash", "bin/rbash", "usr/share/bash")

    assert owners(
        [bash],
        file("bin/bash", 9),
        symlink("bin/rbash", "bash"),
        directory("usr/share/bash"),
        file("bin/other", 1),
    ) == {"bin/bash": "deb bash", "bin/rbash": "deb bash"}


def test_a_package_of_npm_owns_its_folder() -> None:
    packages = [
        package("npm", name, f"{folder}/package.json")
        for name, folder in (
            ("app", "srv"),
            ("qs", "srv/node_modules/qs"),
            ("@types/qs", "srv/node_modules/@types/qs"),
            ("side", "srv/node_modules/qs/node_modules/side"),
        )
    ]

    assert owners(
        packages,
        *(file(package.path, 9) for package in packages),
        file("srv/index.js", 9),
        file("srv/node_modules/.package-lock.json", 9),
        file("srv/node_modules/qs/lib/a.js", 9),
        file("srv/node_modules/@types/qs/index.d.ts", 9),
        file("srv/node_modules/qs/node_modules/side/a.js", 9),
        file("srv/node_modules/qs/node_modules/none/a.js", 9),
        symlink("srv/node_modules/.bin/qs", "../qs/bin"),
    ) == {
        "srv/package.json": "npm app",
        "srv/node_modules/qs/package.json": "npm qs",
        "srv/node_modules/qs/lib/a.js": "npm qs",
        "srv/node_modules/@types/qs/package.json": "npm @types/qs",
        "srv/node_modules/@types/qs/index.d.ts": "npm @types/qs",
        "srv/node_modules/qs/node_modules/side/package.json": "npm side",
        "srv/node_modules/qs/node_modules/side/a.js": "npm side",
        "srv/node_modules/qs/node_modules/none/a.js": "npm qs",
    }


def test_a_path_from_before_the_merge_of_usr_is_found() -> None:
    libc = package("deb", "libc6", "var/lib/dpkg/status", "lib/x86_64-linux-gnu/libc.so.6")

    assert owners([libc], file("usr/lib/x86_64-linux-gnu/libc.so.6", 1)) == {
        "usr/lib/x86_64-linux-gnu/libc.so.6": "deb libc6"
    }


def test_what_tells_of_a_package_is_its_own() -> None:
    libc = package("deb", "libc6", "var/lib/dpkg/status")
    tzdata = package("deb", "tzdata", "var/lib/dpkg/status.d/tzdata")
    numpy = package("pypi", "numpy", "site/numpy-1.dist-info/METADATA")
    old = package("pypi", "old", "site/old.egg-info/PKG-INFO")
    zlib = package("conda", "zlib", "opt/conda/conda-meta/zlib-1-0.json")

    assert owners(
        [libc, tzdata, numpy, old, zlib],
        file("var/lib/dpkg/status", 1),
        file("var/lib/dpkg/info/libc6:amd64.list", 1),
        file("var/lib/dpkg/info/other.list", 1),
        file("var/lib/dpkg/status.d/tzdata", 1),
        file("var/lib/dpkg/status.d/tzdata.md5sums", 1),
        file("site/numpy-1.dist-info/METADATA", 1),
        file("site/numpy-1.dist-info/licenses/deep/LICENSE", 1),
        file("site/old.egg-info/SOURCES.txt", 1),
        file("opt/conda/conda-meta/zlib-1-0.json", 1),
    ) == {
        "opt/conda/conda-meta/zlib-1-0.json": "conda zlib",
        "site/numpy-1.dist-info/METADATA": "pypi numpy",
        "site/numpy-1.dist-info/licenses/deep/LICENSE": "pypi numpy",
        "site/old.egg-info/SOURCES.txt": "pypi old",
        "var/lib/dpkg/info/libc6:amd64.list": "deb libc6",
        "var/lib/dpkg/status.d/tzdata": "deb tzdata",
        "var/lib/dpkg/status.d/tzdata.md5sums": "deb tzdata",
    }


def test_byte_code_belongs_to_whom_its_module_does() -> None:
    numpy = package("pypi", "numpy", "site/numpy-1.dist-info/METADATA", "site/numpy/core.py")

    assert owners(
        [numpy],
        file("site/numpy/core.py", 1),
        file("site/numpy/__pycache__/core.cpython-313.opt-1.pyc", 1),
        file("site/numpy/__pycache__/mine.cpython-313.pyc", 1),
    ) == {
        "site/numpy/__pycache__/core.cpython-313.opt-1.pyc": "pypi numpy",
        "site/numpy/core.py": "pypi numpy",
    }


def test_the_distribution_comes_before_python_and_copies_come_last() -> None:
    metadata = f"{SITE}/six-1.dist-info/METADATA"
    copied = f"{SITE}/setuptools/_vendor/six-1.dist-info/METADATA"
    packages = [
        package(
            "pypi", "six", copied, f"{SITE}/setuptools/_vendor/six.py", vendored_in="setuptools"
        ),
        package("pypi", "setuptools", "x/METADATA", f"{SITE}/setuptools/_vendor/six.py"),
        package("pypi", "six", metadata, f"{SITE}/six.py"),
        package("deb", "python3-six", "var/lib/dpkg/status", f"{SITE}/six.py", metadata),
    ]

    assert owners(
        packages,
        file(f"{SITE}/six.py", 1),
        file(metadata, 1),
        file(copied, 1),
        file(f"{SITE}/setuptools/_vendor/six.py", 1),
    ) == {
        f"{SITE}/setuptools/_vendor/six-1.dist-info/METADATA": "pypi six",
        f"{SITE}/setuptools/_vendor/six.py": "pypi setuptools",
        f"{SITE}/six-1.dist-info/METADATA": "deb python3-six",
        f"{SITE}/six.py": "deb python3-six",
    }


def test_what_is_not_as_promised_is_modified() -> None:
    files = merge(
        [
            index_of(
                layer(
                    file("site/same.py", "a"),
                    file("site/changed.py", "b"),
                    file("site/changed.pyc", "b"),
                    file("bin/tool", "b"),
                    file("site/shared.py", "b"),
                    hardlink("site/linked.py", "site/changed.py"),
                )
            )
        ]
    ).files
    paths = ["site/same.py", "site/changed.py", "site/changed.pyc", "bin/tool", "site/gone.py"]
    first = Package(
        type="pypi",
        name="first",
        version="1",
        path="site/first-1.dist-info/METADATA",
        files=(
            *(OwnedFile(path, sha256("a")) for path in paths),
            OwnedFile("site/shared.py", sha256("a")),
            OwnedFile("site/bad.py", "sha256:xyz"),
            OwnedFile("site/linked.py", "md5:" + "0" * 32),
        ),
    )
    second = Package(
        type="pypi",
        name="second",
        version="1",
        path="site/second-1.dist-info/METADATA",
        files=(OwnedFile("site/shared.py", sha256("b")),),
    )
    packages = [first, second]

    assert find_modified(find_owners(packages, files), find_promises(packages, files), files) == (
        "site/changed.py",
    )
