"""Distributions of Python's, however they were installed."""

import json

import pytest
from tests.scan.packages.trees import (
    BROKEN,
    EGGS,
    PYTHONS,
    UBUNTU,
    HardLink,
    Link,
    inventory,
    record_digest,
    wheel,
)

from boxwright.scan.packages.package import OwnedFile, Package
from boxwright.scan.packages.python import without_credentials

SITE = "usr/local/lib/python3.11/site-packages"
VENV = "opt/venv/lib/python3.11/site-packages"


def test_a_wheel_is_read_with_all_that_is_known_of_it() -> None:
    found = inventory(PYTHONS)

    (torch,) = (package for package in found.packages if package.name == "torch")
    assert torch == Package(
        type="pypi",
        name="torch",
        version="2.5.1+cu121",
        path=f"{VENV}/torch-2.5.1+cu121.dist-info/METADATA",
        licences=("BSD-3-Clause",),
        supplier="PyTorch Team",
        homepage="https://pytorch.org/",
        # Neither what Python 3.12 alone needs nor what an extra brings.
        requires=("filelock", "nvidia-cudnn-cu12", "typing-extensions"),
        installer="pip",
        files=(
            OwnedFile(
                f"{VENV}/torch/__init__.py",
                "sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
            ),
            OwnedFile(
                "opt/venv/bin/torchrun",
                "sha256:3612ddaf46e149a4f583faf0face846585148f59e0ce2645594df83b5dc807e8",
            ),
            *torch.files[2:],
        ),
    )
    assert [file.path.rpartition("/")[2] for file in torch.files[2:]] == [
        "METADATA",
        "INSTALLER",
        "RECORD",
    ]


def test_each_environment_has_its_own() -> None:
    found = inventory(PYTHONS)

    assert [(p.version, p.path.split("/")[1]) for p in found.packages if p.name == "filelock"] == [
        ("3.13.1", "venv"),
        ("3.16.0", "venv13"),
    ]


@pytest.mark.parametrize(
    ("tree", "name", "vendor"),
    [
        # RECORD of setuptools lists it.
        (PYTHONS, "zipp", "setuptools"),
        # Debian's packages have no RECORD: the folder tells.
        (UBUNTU, "ordered-set", "setuptools"),
    ],
)
def test_copies_that_another_one_brings_say_whose_they_are(tree, name, vendor) -> None:
    found = inventory(tree)

    assert [p.vendored_in for p in found.packages if p.name == name] == [vendor]


def test_eggs_of_all_kinds_are_read() -> None:
    found = inventory(EGGS)

    assert [
        (p.name, p.version, p.path.rpartition("site-packages/")[2], p.licences, p.requires)
        for p in found.packages
        if not p.installer
    ] == [
        (
            "Flask-Old",
            "0.1",
            "Flask_Old-0.1-py3.11.egg-info/PKG-INFO",
            ("BSD License",),
            ("jinja2", "werkzeug"),
        ),
        ("Paste", "3.5.0", "Paste-3.5.0.egg-info", ("MIT",), ()),
        ("dired", "1.0", "dired-1.0-py3.11.egg/EGG-INFO/PKG-INFO", (), ()),
        ("my-app", "0.0.1", "src/app/my_app.egg-info/PKG-INFO", (), ()),
        ("zipped", "2.0", "zipped-2.0-py3.11.egg", (), ()),
    ]
    assert found.unread == (
        f"`{SITE}/gone.egg-link` leads to `src/gone`, which has no metadata",
        f"`{SITE}/not_a_zip-2.0.egg` is no egg that can be read",
    )


def test_eggs_own_what_they_list_or_hold() -> None:
    owned = {
        p.name: [f.path.removeprefix(f"{SITE}/") for f in p.files] for p in inventory(EGGS).packages
    }

    assert owned["Flask-Old"] == ["flask_old/__init__.py", "Flask_Old-0.1-py3.11.egg-info/PKG-INFO"]
    assert owned["dired"] == [
        "dired-1.0-py3.11.egg/EGG-INFO/PKG-INFO",
        "dired-1.0-py3.11.egg/dired.py",
    ]
    assert owned["zipped"] == ["zipped-2.0-py3.11.egg"]


def test_where_a_distribution_is_from_is_told_without_credentials() -> None:
    found = {p.name: (p.origin, p.digest) for p in inventory(EGGS).packages if p.origin}

    assert found == {
        "editable": ("file:///src/editable", ""),
        "from-file": (
            "https://files.example.org/from_file-3.0.whl",
            f"sha256:{'ab' * 32}",
        ),
        "from-git": (
            "git+https://git.example.org/a.git@0123456789abcdef0123456789abcdef01234567",
            "",
        ),
    }


def test_an_address_that_is_none_is_left_out() -> None:
    assert without_credentials("https://[::1") == ""


@pytest.mark.parametrize(
    ("metadata", "licences"),
    [
        ("License-Expression: MIT OR Apache-2.0\nLicense: old", ("MIT OR Apache-2.0",)),
        ("License: BSD 3-Clause", ("BSD 3-Clause",)),
        ("License: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License", ("MIT License",)),
        (
            (
                f"License: {'The text of a licence. ' * 10}\n"
                "Classifier: License :: OSI Approved :: ISC License (ISCL)\n"
                "Classifier: License :: OSI Approved\n"
                "Classifier: License :: OSI Approved :: Apache Software License"
            ),
            ("Apache Software License", "ISC License (ISCL)"),
        ),
        ("License-File: LICENSE", ()),
    ],
)
def test_licences_are_as_they_are_declared(metadata, licences) -> None:
    found = inventory(wheel("a", "1", metadata=metadata))

    assert found.packages[0].licences == licences


@pytest.mark.parametrize(
    ("line", "requires"),
    [
        ("b>=1,<2", ("b",)),
        ("B_c[extra] (>=1)", ("b-c",)),
        ("b @ https://example.org/b.whl", ("b",)),
        ("b; python_version < '3.11'", ()),
        ("b; python_version < '3.12' and sys_platform == 'linux'", ("b",)),
        ("b; extra == 'dev'", ()),
        ("b; no marker at all", ("b",)),
        (f"b; {'(' * 300}", ("b",)),
        (f"b; {'(' * 300} extra", ()),
        (">=1", ()),
    ],
)
def test_what_it_needs_in_a_linux_image(line, requires) -> None:
    found = inventory(wheel("a", "1", metadata=f"Requires-Dist: {line}"))

    assert found.packages[0].requires == requires


def test_what_broken_metadata_lacks_the_folder_tells() -> None:
    found = inventory(BROKEN)

    assert [(p.name, p.version) for p in found.packages if p.type == "pypi"] == [
        ("UPPER", "1.5"),
        ("empty", "3.0"),
        ("good", "1.0"),
        ("junk", "2.0"),
        ("latin", "1.0"),
        ("no-version", "1.0"),
        ("no_name", "1.0"),
        ("rows", "1.0"),
        ("spaced", "1.0"),
        ("windows", "1.0"),
    ]
    assert [clause for clause in found.unread if SITE in clause] == [
        f"`{SITE}/{name}.dist-info/METADATA` tells no {what}; that of its folder, `{said}`, is taken"
        for name, what, said in [
            ("empty-3.0", "name", "empty"),
            ("empty-3.0", "version", "3.0"),
            ("junk-2.0", "name", "junk"),
            ("junk-2.0", "version", "2.0"),
            ("no_name-1.0", "name", "no_name"),
            ("no_version-1.0", "version", "1.0"),
        ]
    ] + [f"`{SITE}/rows-1.0.dist-info/RECORD` has 3 lines that list no file"]


def test_rows_of_record_are_read_as_installers_write_them() -> None:
    empty = record_digest(b"").removeprefix("sha256=")
    hexadecimal = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    rows = (
        f'a/b.py,sha256={empty},0\r\n"c,d.py",sha256={empty},0\n../../../bin/run,,\n'
        f"/etc/absolute,,\n./e.py,,\nf.py,sha256={hexadecimal},0\ng.py,sha512=x,1\n"
        "h.py,sha256=short,1\n,,\nno row\n\n"
    )
    tree = wheel("a", "1") | {f"{VENV}/a-1.dist-info/RECORD": rows}

    found = inventory(tree)

    assert found.packages[0].files == (
        OwnedFile(f"{VENV}/a/b.py", f"sha256:{hexadecimal}"),
        OwnedFile(f"{VENV}/c,d.py", f"sha256:{hexadecimal}"),
        OwnedFile("opt/venv/bin/run"),
        OwnedFile("etc/absolute"),
        OwnedFile(f"{VENV}/e.py"),
        OwnedFile(f"{VENV}/f.py", f"sha256:{hexadecimal}"),
        OwnedFile(f"{VENV}/g.py"),
        OwnedFile(f"{VENV}/h.py"),
    )
    assert found.unread == (f"`{VENV}/a-1.dist-info/RECORD` has 3 lines that list no file",)


def test_paths_are_where_links_lead() -> None:
    tree = {
        "opt/venv/lib64": Link("lib"),
        "opt/current": Link("venv"),
        f"{VENV}/a-1.dist-info/METADATA": "Name: a\nVersion: 1\n",
        f"{VENV}/a-1.dist-info/RECORD": "/opt/current/lib64/python3.11/site-packages/a.py,,\n",
    }

    found = inventory(tree)

    assert found.packages[0].files == (OwnedFile(f"{VENV}/a.py"),)


def test_metadata_with_several_names_is_read_under_each() -> None:
    kept = "root/.cache/uv/archive-v0/x/a-1.dist-info/METADATA"
    tree = {kept: "Name: a\nVersion: 1\n", f"{VENV}/a-1.dist-info/METADATA": HardLink(kept)}

    found = inventory(tree)

    assert [p.path for p in found.packages] == [f"{VENV}/a-1.dist-info/METADATA", kept]


@pytest.mark.parametrize(
    "content", ["{", "[]", "null", '{"url": 1}', '{"vcs_info": {}}', "[" * 100_000]
)
def test_a_broken_direct_url_is_told_of(content) -> None:
    path = f"{VENV}/a-1.dist-info/direct_url.json"

    found = inventory(wheel("a", "1") | {path: content})

    assert found.packages[0].origin == ""
    assert found.unread in (
        (),
        (f"`{path}` does not say where its distribution is from",),
    )


def test_odd_hashes_are_no_digest() -> None:
    document = {"url": "https://example.org/a.whl", "archive_info": {"hash": "sha256=" + "Z" * 64}}

    found = inventory(
        wheel("a", "1") | {f"{VENV}/a-1.dist-info/direct_url.json": json.dumps(document)}
    )

    assert found.packages[0].digest == ""
