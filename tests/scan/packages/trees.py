"""
File trees of made-up images, as `{path: content}`; a `Link` is a symbolic link.

The entries of databases are real ones, shortened: of Debian 12, of Alpine 3.20, of conda-forge;
`rpmdb.sqlite.xz` was written by rpm 4.18, of two packages made with rpmbuild.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import lzma
import zipfile
from collections.abc import Mapping
from pathlib import Path

from boxwright.scan.filesystem import Live
from boxwright.scan.layer_index import DIRECTORY, FILE, HARDLINK, SYMLINK, Member
from boxwright.scan.packages.documents import wanted
from boxwright.scan.packages.package import Inventory
from boxwright.scan.packages.read import read_packages


class Link(str):
    """The target of a symbolic link."""

    __slots__ = ()


class HardLink(str):
    """The path of another file, which this is another name of."""

    __slots__ = ()


Tree = Mapping[str, bytes | str]


def files_of(tree: Tree) -> dict[str, Live]:
    """Return the final filesystem of an image of one layer with *tree*."""
    found: dict[str, Live] = {}
    for path, content in tree.items():
        for at in (at for at, c in enumerate(path) if c == "/"):
            found.setdefault(path[:at], Live(Member(path=path[:at], kind=DIRECTORY), 0))
        if isinstance(content, Link):
            member = Member(path=path, kind=SYMLINK, link=str(content))
        elif isinstance(content, HardLink):
            member = Member(path=path, kind=HARDLINK, link=str(content))
        else:
            raw = as_bytes(content)
            digest = hashlib.sha256(raw).digest()
            member = Member(path=path, kind=FILE, size=len(raw), digest=digest)
        found[path] = Live(member, 0)
    return found


def documents_of(tree: Tree) -> dict[str, bytes]:
    """Return what a look at *tree* keeps of it."""
    return {
        path: as_bytes(content)
        for path, content in tree.items()
        if not isinstance(content, Link | HardLink) and wanted(path, len(content))
    }


def as_bytes(content: bytes | str) -> bytes:
    return content.encode() if isinstance(content, str) else content


def inventory(tree: Tree) -> Inventory:
    """Return the packages of an image with *tree*."""
    return read_packages(documents_of(tree), files_of(tree))


def wheel(
    name: str,
    version: str,
    site: str = "opt/venv/lib/python3.11/site-packages",
    *,
    metadata: str = "",
    files: Mapping[str, bytes] = {},
    installer: str = "pip",
) -> dict[str, bytes | str]:
    """Return an installed wheel, with the files that are given and a RECORD of them all."""
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}\nText\n"
    content = {
        **files,
        f"{info}/METADATA": head.encode(),
        f"{info}/INSTALLER": f"{installer}\n".encode(),
    }
    rows = [f"{path},{record_digest(body)},{len(body)}\n" for path, body in content.items()]
    rows.append(f"{info}/RECORD,,\n")
    content[f"{info}/RECORD"] = "".join(rows).encode()
    return {f"{site}/{path}": body for path, body in content.items()}


def record_digest(content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode()
    return f"sha256={digest.rstrip('=')}"


def zipped_egg(name: str, version: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as egg:
        member = zipfile.ZipInfo("EGG-INFO/PKG-INFO", (2020, 1, 1, 0, 0, 0))
        egg.writestr(member, f"Metadata-Version: 1.1\nName: {name}\nVersion: {version}\n")
    return buffer.getvalue()


OS_DEBIAN = """\
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
"""

DPKG_STATUS = """\
Package: libc6
Status: install ok installed
Priority: optional
Section: libs
Installed-Size: 12986
Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>
Architecture: amd64
Multi-Arch: same
Source: glibc
Version: 2.36-9+deb12u14
Replaces: libc6-amd64
Depends: libgcc-s1, libcrypt1
Description: GNU C Library: Shared libraries
 Contains the standard libraries that are used by nearly all programs on
 the system.
Homepage: https://www.gnu.org/software/libc/libc.html

Package: libgcc-s1
Status: install ok installed
Maintainer: Debian GCC Maintainers <debian-gcc@lists.debian.org>
Architecture: amd64
Multi-Arch: same
Source: gcc-12
Version: 12.2.0-14+deb12u1
Depends: gcc-12-base (= 12.2.0-14+deb12u1), libc6 (>= 2.35)
Description: GCC support library

Package: gcc-12-base
Status: install ok installed
Maintainer: Debian GCC Maintainers <debian-gcc@lists.debian.org>
Architecture: amd64
Source: gcc-12
Version: 12.2.0-14+deb12u1
Description: GCC, the GNU Compiler Collection (base package)

Package: perl-base
Status: hold ok installed
Maintainer: Niko Tyni <ntyni@debian.org>
Architecture: amd64
Source: perl (5.36.0-7+deb12u3)
Version: 5.36.0-7+deb12u3
Provides: libfile-path-perl, perlapi-5.36.0
Depends: libc6 (>= 2.35) | libc6-compat, libcrypt1 (>= 1:4.1.0), dpkg (>= 1.17.17)
Description: minimal Perl system

Package: old-kernel
Status: deinstall ok config-files
Maintainer: Somebody <x@example.org>
Architecture: amd64
Version: 1.0-1
Description: removed, its settings are left

Package: never-there
Status: install ok not-installed
Architecture: amd64
Version: 3.0-1
Description: wanted, not there

Package: half-way
Status: install ok unpacked
Maintainer: Somebody <x@example.org>
Architecture: all
Version: 0.9
Depends: perlapi-5.36.0
Description: not configured yet
"""

DEBIAN: Tree = {
    "etc/os-release": Link("../usr/lib/os-release"),
    "usr/lib/os-release": OS_DEBIAN,
    "etc/debian_version": "12.11\n",
    "lib": Link("usr/lib"),
    "var/lib/dpkg/status": DPKG_STATUS,
    "var/lib/dpkg/info/libc6:amd64.list": "/.\n/lib\n/lib/x86_64-linux-gnu\n"
    "/lib/x86_64-linux-gnu/libc.so.6\n/usr\n/usr/share\n/usr/share/doc\n/usr/share/doc/libc6\n"
    "/usr/share/doc/libc6/copyright\n",
    "var/lib/dpkg/info/libc6:amd64.md5sums": "3bb9ce8e2f2d31cc3ea0d0e36a5a1b23"
    "  lib/x86_64-linux-gnu/libc.so.6\n",
    "var/lib/dpkg/info/gcc-12-base:amd64.list": "/.\n/usr\n/usr/share\n/usr/share/doc\n"
    "/usr/share/doc/gcc-12-base\n/usr/share/doc/gcc-12-base/copyright\n",
    "usr/lib/x86_64-linux-gnu/libc.so.6": "ELF",
    "usr/share/doc/libc6/copyright": "This is the Debian prepackaged version.\n"
    "License, see `/usr/share/common-licenses/LGPL-2.1'.\n",
    "usr/share/doc/gcc-12-base/copyright": "Format: https://www.debian.org/doc/packaging-manuals/"
    "copyright-format/1.0/\n\nFiles: *\nLicense: GPL-3+\n text\n\nFiles: x\nLicense: Expat\n",
    "usr/share/doc/libgcc-s1": Link("gcc-12-base"),
}

UBUNTU: Tree = {
    "etc/os-release": 'NAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian\n'
    'VERSION_CODENAME=noble\nPRETTY_NAME="Ubuntu 24.04.3 LTS"\n',
    "var/lib/dpkg/status": """\
Package: libssl3t64
Status: install ok installed
Maintainer: Ubuntu Developers <ubuntu-devel-discuss@lists.ubuntu.com>
Architecture: amd64
Multi-Arch: same
Source: openssl
Version: 3.0.13-0ubuntu3.5
Provides: libssl3 (= 3.0.13-0ubuntu3.5)
Depends: libc6 (>= 2.38)
Description: Secure Sockets Layer toolkit - shared libraries

Package: python3.12-minimal
Status: install ok installed
Maintainer: Ubuntu Core Developers <ubuntu-devel-discuss@lists.ubuntu.com>
Architecture: amd64
Source: python3.12
Version: 3.12.3-1ubuntu0.8
Description: Minimal subset of the Python language (version 3.12)
""",
    "var/lib/dpkg/info/python3.12-minimal.list": "/.\n/usr\n/usr/bin\n/usr/bin/python3.12\n",
    "var/lib/dpkg/info/python3.12-minimal.md5sums": "00000000000000000000000000000000"
    "  usr/bin/python3.12\n",
    "usr/bin/python3.12": b"\x7fELF\0" + b"\0003.12.3\0" * 3,
    "usr/lib/python3/dist-packages/distro_info-1.7+build1.egg-info/PKG-INFO": "Metadata-Version:"
    " 2.1\nName: distro-info\nVersion: 1.7+build1\nLicense: ISC\n",
    "usr/lib/python3/dist-packages/setuptools-68.1.2.egg-info/PKG-INFO": "Metadata-Version: 2.1\n"
    "Name: setuptools\nVersion: 68.1.2\n",
    "usr/lib/python3/dist-packages/setuptools/_vendor/ordered_set-3.1.1.dist-info/METADATA": "Metadata"
    "-Version: 2.1\nName: ordered-set\nVersion: 3.1.1\n",
}

DISTROLESS: Tree = {
    "usr/lib/os-release": OS_DEBIAN + "IMAGE_ID=distroless\n",
    "etc/os-release": Link("/usr/lib/os-release"),
    "var/lib/dpkg/status.d/libssl3": """\
Package: libssl3
Source: openssl
Version: 3.0.17-1~deb12u2
Architecture: amd64
Maintainer: Debian OpenSSL Team <pkg-openssl-devel@alioth-lists.debian.net>
Depends: libc6 (>= 2.34)
Description: Secure Sockets Layer toolkit - shared libraries
""",
    "var/lib/dpkg/status.d/libssl3.md5sums": "5b0c0ea8ddc14b6d4e3ba5ffb9d4e3c1"
    "  usr/lib/x86_64-linux-gnu/libssl.so.3\n",
    "var/lib/dpkg/status.d/python3.11-minimal": """\
Package: python3.11-minimal
Source: python3.11
Version: 3.11.2-6+deb12u6
Architecture: amd64
Maintainer: Matthias Klose <doko@debian.org>
Description: Minimal subset of the Python language (version 3.11)
""",
    "var/lib/dpkg/status.d/python3.11-minimal.md5sums": "00000000000000000000000000000000"
    "  usr/bin/python3.11\n",
    "usr/bin/python3.11": b"\x7fELF\0" + b"\0003.11.2\0" * 3,
    "usr/lib/x86_64-linux-gnu/libssl.so.3": "ELF",
}

ALPINE: Tree = {
    "etc/os-release": 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.20.3\n'
    'PRETTY_NAME="Alpine Linux v3.20"\n',
    "etc/alpine-release": "3.20.3\n",
    "lib/apk/db/installed": """\
C:Q1gVDyeTuE3iYaXvDkAVFi1wLhJDE=
P:musl
V:1.2.5-r0
A:x86_64
S:405624
I:667648
T:the musl c library (libc) implementation
U:https://musl.libc.org/
L:MIT
o:musl
m:Timo Teräs <timo.teras@iki.fi>
t:1710105389
c:4fe5ac8ef6ab3d0ea5a5d1cd8ba0e4d9aeaf5d8f
p:so:libc.musl-x86_64.so.1=1
F:lib
R:ld-musl-x86_64.so.1
a:0:0:755
Z:Q1sJmZ5sbb8s5sbX2I5QxX4cc6Gvk=
R:libc.musl-x86_64.so.1
a:0:0:777
Z:Q17yJ3JFNypA4mxhJJr0ou6CzsJVI=

C:Q1ZkpcSSH+HqVqVbHPNnS2MTZPXwM=
P:busybox
V:1.36.1-r29
A:x86_64
S:510013
I:950272
T:Size optimized toolbox of many common UNIX utilities
U:https://busybox.net/
L:GPL-2.0-only
o:busybox
m:Sören Tempel <soeren+alpine@soeren-tempel.net>
D:so:libc.musl-x86_64.so.1 !nothing
p:cmd:busybox=1.36.1-r29
F:bin
R:busybox
a:0:0:755
Z:Q1/pFYTCqXHpJRp0Ea1LVdkJOXbLw=
F:etc

C:Q1u3OVbZkxoAGFhR9pjqlUzF3a9QY=
P:ssl_client
V:1.36.1-r29
A:x86_64
S:4698
I:28672
T:EXternal ssl_client for busybox wget
U:https://busybox.net/
L:GPL-2.0-only
o:busybox
m:Sören Tempel <soeren+alpine@soeren-tempel.net>
D:so:libc.musl-x86_64.so.1 busybox>=1.36
F:usr
F:usr/bin
R:ssl_client
Z:Q1lBxB8vGJTtL3bhLLWd2IkjrqQXo=
""",
    "lib/ld-musl-x86_64.so.1": "ELF",
    "bin/busybox": "ELF",
    **wheel("idna", "3.10", "usr/lib/python3.12/site-packages"),
}

RPM: Tree = {
    "etc/os-release": 'NAME="Rocky Linux"\nVERSION_ID="9.4"\nID="rocky"\n'
    'ID_LIKE="rhel centos fedora"\nPRETTY_NAME="Rocky Linux 9.4 (Blue Onyx)"\n',
    "var/lib/rpm": Link("../../usr/lib/sysimage/rpm"),
    "usr/lib/sysimage/rpm/rpmdb.sqlite": lzma.decompress(
        Path(__file__).with_name("rpmdb.sqlite.xz").read_bytes()
    ),
    "usr/lib/python3.9/site-packages/hello-2.12.1.dist-info/METADATA": "Metadata-Version: 2.1\n"
    "Name: hello\nVersion: 2.12.1\n",
}

_NUMPY = {
    "build": "py311h64a7726_0",
    "build_number": 0,
    "channel": "https://conda.anaconda.org/conda-forge/linux-64",
    "constrains": ["numpy-base <0a0"],
    "depends": ["libblas >=3.9.0,<4.0a0", "python >=3.11,<3.12.0a0", "__glibc >=2.17"],
    "files": ["lib/python3.11/site-packages/numpy/__init__.py"],
    "fn": "numpy-1.26.4-py311h64a7726_0.conda",
    "license": "BSD-3-Clause",
    "md5": "a502d7aad449a1206efb366d6a12c52d",
    "name": "numpy",
    "paths_data": {
        "paths": [
            {
                "_path": "lib/python3.11/site-packages/numpy/__init__.py",
                "path_type": "hardlink",
                "sha256": "ab" * 32,
                "sha256_in_prefix": "ab" * 32,
                "size_in_bytes": 17477,
            },
            {
                "_path": "lib/python3.11/site-packages/numpy-1.26.4.dist-info/METADATA",
                "path_type": "hardlink",
                "sha256": "cd" * 32,
            },
        ],
        "paths_version": 1,
    },
    "requested_spec": "numpy",
    "sha256": "3f4365e11b28e244c95ba8579942b0802761ba7bb31c026f50d1a9ea9c728149",
    "size": 8065890,
    "subdir": "linux-64",
    "timestamp": 1707225421156,
    "url": "https://conda.anaconda.org/conda-forge/linux-64/numpy-1.26.4-py311h64a7726_0.conda",
    "version": "1.26.4",
}
_PYTHON = {
    "build": "hab00c5b_0_cpython",
    "channel": "conda-forge",
    "depends": ["libzlib >=1.2.13,<2.0.0a0", "tzdata"],
    "files": ["bin/python3.11", "include/python3.11/patchlevel.h"],
    "license": "Python-2.0",
    "name": "python",
    "subdir": "linux-64",
    "version": "3.11.9",
}
_TZDATA = {
    "build": "h0c530f3_0",
    "channel": "https://conda.example.org/t/tk-1234-secret/mirror/noarch",
    "depends": [],
    "license": "LicenseRef-Public-Domain",
    "name": "tzdata",
    "subdir": "noarch",
    "version": "2024a",
}

CONDA: Tree = {
    "etc/os-release": OS_DEBIAN,
    "opt/conda/conda-meta/history": "==> 2024-05-01 10:00:00 <==\n# update specs: ['numpy']\n",
    "opt/conda/conda-meta/numpy-1.26.4-py311h64a7726_0.json": json.dumps(_NUMPY),
    "opt/conda/conda-meta/python-3.11.9-hab00c5b_0_cpython.json": json.dumps(_PYTHON),
    "opt/conda/envs/ml/conda-meta/tzdata-2024a-h0c530f3_0.json": json.dumps(_TZDATA),
    "opt/conda/conda-meta/broken-1.0-0.json": '{"name": "broken", "version": ',
    "opt/conda/bin/python3.11": b"\x7fELF\0" + b"\0003.11.9\0" * 3,
    "opt/conda/include/python3.11/patchlevel.h": '#define PY_VERSION "3.11.9"\n',
    **wheel("numpy", "1.26.4", "opt/conda/lib/python3.11/site-packages", installer="conda"),
    **wheel("rich", "13.7.1", "opt/conda/lib/python3.11/site-packages"),
}

NPM: Tree = {
    "etc/os-release": OS_DEBIAN,
    "app/package.json": '{"name": "shop", "version": "1.0.0", "private": true,'
    ' "dependencies": {"lodash": "^4.17.21"}}',
    "app/node_modules/lodash/package.json": '{"name": "lodash", "version": "4.17.21",'
    ' "license": "MIT", "homepage": "https://lodash.com/",'
    ' "author": "John-David Dalton <john.david.dalton@gmail.com>"}',
    "app/node_modules/@babel/core/package.json": '{"name": "@babel/core", "version": "7.24.0",'
    ' "license": "MIT", "author": {"name": "The Babel Team"},'
    ' "dependencies": {"semver": "^6.3.1"}}',
    "app/node_modules/@babel/core/node_modules/semver/package.json": '{"name": "semver",'
    ' "version": "6.3.1", "license": "ISC"}',
    "app/node_modules/semver/package.json": '{"name": "semver", "version": "7.6.0",'
    ' "licenses": [{"type": "ISC", "url": "x"}]}',
    "app/node_modules/tslib/modules/package.json": '{"type": "module"}',
    "app/node_modules/broken/package.json": '{"name": "broken", ',
    "app/node_modules/nameless/package.json": '{"version": "1.0.0"}',
    "app/node_modules/versionless/package.json": '{"name": "versionless"}',
    **wheel(
        "jupyterlab-widgets",
        "3.0.10",
        files={
            "jupyterlab_widgets/labextension/package.json": b'{"name":'
            b' "@jupyter-widgets/jupyterlab-manager", "version": "5.0.10"}'
        },
    ),
}

_PATCHLEVEL = '#define PY_MAJOR_VERSION 3\n#define PY_VERSION      \t"3.11.9"\n'

PYTHONS: Tree = {
    "etc/os-release": OS_DEBIAN,
    "var/lib/dpkg/status": DPKG_STATUS,
    # As Docker's own Python images have it, with a library that is shared.
    "usr/local/bin/python3.11": b"\x7fELF\0",
    "usr/local/bin/python3": Link("python3.11"),
    "usr/local/lib/libpython3.11.so.1.0": b"\x7fELF\0" + b"\0003.11.9\0" * 3,
    "usr/local/include/python3.11/patchlevel.h": _PATCHLEVEL,
    "usr/local/lib/python3.11/os.py": "import abc\n",
    # A second one, unpacked, without headers.
    "opt/python/bin/python3.13": b"\x7fELF\0" + b"\0003.13.1\0" * 3,
    "opt/python/lib/python3.13/os.py": "import abc\n",
    "opt/venv/pyvenv.cfg": "home = /usr/local/bin\nversion = 3.11.9\n",
    "opt/venv/bin/python": Link("/usr/local/bin/python3.11"),
    "opt/venv13/pyvenv.cfg": "home = /opt/python/bin\nimplementation = CPython\n"
    "version_info = 3.13.1.final.0\n",
    "opt/venv13/bin/python3.13": b"\x7fELF\0" + b"\0003.13.1\0" * 3,
    "opt/venv/lib64": Link("lib"),
    **wheel(
        "torch",
        "2.5.1+cu121",
        metadata="License-Expression: BSD-3-Clause\nHome-page: https://pytorch.org/\n"
        "Author: PyTorch Team\nRequires-Dist: filelock\n"
        'Requires-Dist: nvidia-cudnn-cu12 (==9.1.0.70) ; platform_system == "Linux"\n'
        "Requires-Dist: typing-extensions >=4.8.0\n"
        'Requires-Dist: setuptools ; python_version >= "3.12"\n'
        "Requires-Dist: optree >=0.12.0 ; extra == 'optree'\n",
        files={"torch/__init__.py": b"x", "../../../bin/torchrun": b"#!"},
    ),
    **wheel("filelock", "3.13.1"),
    **wheel("filelock", "3.16.0", "opt/venv13/lib/python3.13/site-packages"),
    **wheel("pip", "24.0", "usr/local/lib/python3.11/site-packages"),
    **wheel(
        "setuptools",
        "75.1.0",
        "usr/local/lib/python3.11/site-packages",
        files={
            "setuptools/_vendor/zipp-3.19.2.dist-info/METADATA": b"Metadata-Version: 2.1\n"
            b"Name: zipp\nVersion: 3.19.2\nClassifier: License :: OSI Approved :: MIT License\n"
        },
    ),
}

_SITE = "usr/local/lib/python3.11/site-packages"

EGGS: Tree = {
    "etc/os-release": OS_DEBIAN,
    f"{_SITE}/Paste-3.5.0.egg-info": "Metadata-Version: 1.1\nName: Paste\nVersion: 3.5.0\n"
    "License: MIT\n",
    f"{_SITE}/Flask_Old-0.1-py3.11.egg-info/PKG-INFO": "Metadata-Version: 1.1\nName: Flask-Old\n"
    "Version: 0.1\nLicense: UNKNOWN\nClassifier: License :: OSI Approved :: BSD License\n",
    f"{_SITE}/Flask_Old-0.1-py3.11.egg-info/installed-files.txt": "../flask_old/__init__.py\n"
    "PKG-INFO\n",
    f"{_SITE}/Flask_Old-0.1-py3.11.egg-info/requires.txt": "Werkzeug>=0.7\nJinja2\n\n[dev]\npytest\n",
    f"{_SITE}/dired-1.0-py3.11.egg/EGG-INFO/PKG-INFO": "Metadata-Version: 1.1\nName: dired\n"
    "Version: 1.0\n",
    f"{_SITE}/dired-1.0-py3.11.egg/dired.py": "x = 1\n",
    f"{_SITE}/zipped-2.0-py3.11.egg": zipped_egg("zipped", "2.0"),
    f"{_SITE}/not_a_zip-2.0.egg": b"PK\3\4 no",
    "src/app/my_app.egg-info/PKG-INFO": "Metadata-Version: 2.1\nName: my-app\nVersion: 0.0.1\n",
    f"{_SITE}/my-app.egg-link": "/src/app\n.",
    f"{_SITE}/gone.egg-link": "/src/gone\n.",
    **wheel("editable", "1.0", _SITE),
    f"{_SITE}/editable-1.0.dist-info/direct_url.json": '{"url": "file:///src/editable",'
    ' "dir_info": {"editable": true}}',
    **wheel("from-git", "2.0", _SITE),
    f"{_SITE}/from_git-2.0.dist-info/direct_url.json": '{"url":'
    ' "https://me:hunter2@git.example.org/a.git", "vcs_info": {"vcs": "git", "commit_id":'
    ' "0123456789abcdef0123456789abcdef01234567"}}',
    **wheel("from-file", "3.0", _SITE),
    f"{_SITE}/from_file-3.0.dist-info/direct_url.json": json.dumps(
        {
            "url": "https://files.example.org/from_file-3.0.whl?token=x",
            "archive_info": {"hashes": {"sha256": "ab" * 32}},
        }
    ),
    "usr/lib/python3.11/lib-dynload/Python-3.11.egg-info": "Name: Python\nVersion: 3.11.2\n",
}

BROKEN: Tree = {
    "etc/os-release": OS_DEBIAN,
    **wheel("good", "1.0", _SITE),
    f"{_SITE}/no_version-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: no-version\n",
    f"{_SITE}/no_name-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nVersion: 1.0\n",
    f"{_SITE}/empty-3.0.dist-info/METADATA": "",
    f"{_SITE}/junk-2.0.dist-info/METADATA": bytes(range(128, 256)) * 4,
    f"{_SITE}/UPPER-1.5.DIST-INFO/METADATA": "Metadata-Version: 2.1\nName: UPPER\nVersion: 1.5\n",
    f"{_SITE}/latin-1.0.dist-info/METADATA": "Name: latin\nVersion: 1.0\nAuthor: Jürgen\n".encode(
        "latin-1"
    ),
    f"{_SITE}/windows-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\r\nName: windows\r\n"
    b"Version: 1.0\r\n\r\nName: other\r\n",
    f"{_SITE}/rows-1.0.dist-info/METADATA": "Name: rows\nVersion: 1.0\n",
    f"{_SITE}/rows-1.0.dist-info/RECORD": 'rows/a.py,sha256=!!!,1\n"with,comma.py",,\n'
    '"open,,\nfine.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\nno commas\n'
    "strange.py,crc32=00,3\n\n",
    "usr/local/lib/python3.11/dist-packages/spaced-1.0.dist-info/METADATA": "\n\nName: spaced\n"
    "Version:    1.0   \n",
    "var/lib/dpkg/status": "Package: fine\nStatus: install ok installed\nVersion: 1.0-1\n"
    "Architecture: all\n\nStatus: install ok installed\nVersion: 2.0\n\nPackage: unversioned\n"
    "Status: install ok installed\n\n\n\nthis is no field\n\nPackage: last\nVersion: 3\n"
    "Status: install ok installed\nDescription: x\n\tand more\n",
    "lib/apk/db/installed": "P:half\nV:1-r0\nF:x\nR:y\nZ:Q1!!\n\nV:9\n\nP:last\nV:2",
    "var/lib/rpm/rpmdb.sqlite": b"SQLite format 3\0" + b"\0" * 4096,
    "usr/lib/sysimage/rpm/Packages.db": b"RpmP" + b"\0" * 100,
}

ALL: Mapping[str, Tree] = {
    "debian": DEBIAN,
    "ubuntu": UBUNTU,
    "distroless": DISTROLESS,
    "alpine": ALPINE,
    "rpm": RPM,
    "conda": CONDA,
    "npm": NPM,
    "pythons": PYTHONS,
    "eggs": EGGS,
    "broken": BROKEN,
}
