"""Everything that follows from the layers of an image is told of the whole of it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

from tests.scan.images import (
    PLAIN,
    Entry,
    MadeLayer,
    directory,
    document,
    file,
    hardlink,
    image,
    layer,
    step,
    symlink,
    whiteout,
)

from boxwright.oci.config import ImageConfig
from boxwright.scan.contents import Contents, FoundArtifact
from boxwright.scan.layer_index import Artifact, Binary, SecretHit
from boxwright.scan.packages.package import Package

SITE = "opt/venv/lib/python3.13/site-packages"


def contents(*layers: MadeLayer, config: ImageConfig = PLAIN) -> Contents:
    """Return the contents of an image of these layers."""
    return Contents(image(*layers, config=config))


def record(*files: tuple[str, str]) -> str:
    """Return a RECORD that promises these contents by path."""
    lines = []
    for path, content in files:
        digest = base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest())
        lines.append(f"{path},sha256={digest.decode().rstrip('=')},{len(content)}")
    return "\n".join(lines) + "\n"


def distribution(
    name: str, version: str, files: dict[str, str], site: str = SITE, **more: str
) -> list[Entry]:
    """Return an installed distribution of *files*, and *more* in its `dist-info`."""
    folder = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n"
    listed = record(*files.items()) + f"{folder}/METADATA,,\n{folder}/RECORD,,\n"
    return [
        directory(f"{site}/{folder}"),
        *(file(f"{site}/{path}", content) for path, content in files.items()),
        document(f"{site}/{folder}/METADATA", metadata),
        document(f"{site}/{folder}/RECORD", listed),
        *(
            document(f"{site}/{folder}/{path.replace('__', '.')}", text)
            for path, text in more.items()
        ),
    ]


def debian(*packages: str, files: dict[str, list[str]] | None = None) -> list[Entry]:
    """Return dpkg's database of `name version` *packages*, and which *files* they own."""
    paragraphs = [
        f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n"
        for name, version in (package.split() for package in packages)
    ]
    lists = [
        document(f"var/lib/dpkg/info/{name}.list", "".join(f"/{path}\n" for path in paths))
        for name, paths in (files or {}).items()
    ]
    return [document("var/lib/dpkg/status", "\n".join(paragraphs)), *lists]


def named(packages: tuple[Package, ...]) -> list[str]:
    """Return the packages as `type name version`."""
    return [f"{package.type} {package.name} {package.version}" for package in packages]


def the(found: Contents, name: str) -> Package:
    """Return the package *name*."""
    (package,) = (it for it in found.inventory.packages if it.name == name)
    return package


def test_sizes_and_efficiency() -> None:
    found = contents(
        layer(file("a", 60), file("b", 40), hardlink("c", "b")),
        layer(whiteout("a"), file("d", 100), file("d", 50)),
    )

    assert (found.size, found.shipped, found.efficiency) == (90, 250, 0.36)


def test_an_image_without_files_wastes_nothing() -> None:
    found = contents(layer(problem="it is not there"))

    assert (found.size, found.shipped, found.efficiency) == (0, 0, 1.0)
    assert found.waste == ()
    assert found.artifacts == ()
    assert found.documents == {}
    assert found.is_proven("a", 0) is False


def test_documents_are_those_that_a_container_sees() -> None:
    found = contents(
        layer(
            document("a/x.dist-info/METADATA", "old"),
            document("pkgs/y/METADATA", "linked"),
            hardlink("b/y/METADATA", "pkgs/y/METADATA"),
            document("c/z/METADATA", "gone"),
        ),
        layer(document("a/x.dist-info/METADATA", "new"), whiteout("pkgs"), whiteout("c")),
    )

    assert found.documents == {"a/x.dist-info/METADATA": b"new", "b/y/METADATA": b"linked"}


def test_packages_are_those_of_the_final_filesystem() -> None:
    found = contents(
        layer(*distribution("torch", "2.0", {"torch/a.py": "a"})),
        layer(
            *distribution("torch", "2.1", {"torch/a.py": "b"}),
            *distribution("numpy", "2.0", {"numpy/a.py": "a"}),
            whiteout(f"{SITE}/torch-2.0.dist-info"),
        ),
        layer(whiteout(f"{SITE}/numpy-2.0.dist-info"), whiteout(f"{SITE}/numpy")),
    )

    assert named(found.inventory.packages) == ["pypi torch 2.1"]
    assert named(found.hidden_packages) == ["pypi numpy 2.0", "pypi torch 2.0"]


def test_a_package_that_dpkg_no_longer_lists_is_hidden() -> None:
    found = contents(
        layer(*debian("bash 5.2", "gcc-14 14.2", "libc6 2.40")),
        layer(*debian("bash 5.2", "libc6 2.41")),
    )

    assert named(found.inventory.packages) == ["deb bash 5.2", "deb libc6 2.41"]
    assert named(found.hidden_packages) == ["deb gcc-14 14.2", "deb libc6 2.40"]


def test_the_layer_of_a_package_is_the_one_that_brought_it_in() -> None:
    numpy = distribution("numpy", "2.0", {"numpy/a.py": "a"})
    found = contents(
        layer(*debian("bash 5.2", files={"bash": ["usr/bin/bash"]}), file("usr/bin/bash", 9)),
        layer(*numpy),
        layer(
            *debian("bash 5.2", "git 2.50", files={"git": ["usr/bin/git"]}),
            document("var/lib/dpkg/info/bash.list", "/usr/bin/bash\n"),
        ),
        layer(*numpy),
        layer(*numpy),
    )

    assert {package.name: found.layer_of(package) for package in found.inventory.packages} == {
        "bash": 0,
        "git": 2,
        "numpy": 1,
    }


def test_the_layer_of_a_package_of_alpine_is_that_of_most_of_its_files() -> None:
    database = "P:musl\nV:1.2.5-r0\nA:x86_64\nF:lib\nR:a\nR:b\nR:c\n\nP:empty\nV:1-r0\nA:x86_64\n"
    found = contents(
        layer(file("lib/a", 1), file("lib/b", 1)),
        layer(document("lib/apk/db/installed", database), file("lib/c", 1)),
    )

    assert found.layer_of(the(found, "musl")) == 0
    assert found.layer_of(the(found, "empty")) is None


def test_files_have_owners_and_packages_sizes() -> None:
    found = contents(
        layer(
            *distribution("numpy", "2.0", {"numpy/a.py": "a" * 500}),
            file(f"{SITE}/numpy/__pycache__/a.cpython-313.pyc", 700),
            file("app/main.py", 5),
        )
    )
    numpy = the(found, "numpy")

    assert found.owner(f"{SITE}/numpy/a.py") == numpy
    assert found.owner("app/main.py") is None
    assert found.unowned == ("app/main.py",)
    told = sum(len(text) for path, text in found.documents.items() if "numpy" in path)
    assert found.size_of(numpy) == 500 + 700 + told
    assert found.size_of(replace_version(numpy)) == 0


def replace_version(package: Package) -> Package:
    """Return another package than *package*, of its name."""
    return Package(type=package.type, name=package.name, version="0", path=package.path)


def test_a_distribution_that_debian_brings_is_debians() -> None:
    site = "usr/lib/python3/dist-packages"
    entries = distribution("six", "1.17", {"six.py": "x"}, site)
    paths = [entry.member.path for entry in entries]
    found = contents(
        layer(
            *entries,
            *debian("python3-six 1.17-1", files={"python3-six": paths}),
            *distribution("numpy", "2.0", {"numpy/a.py": "a"}),
        )
    )

    assert found.owner(f"{site}/six.py") == the(found, "python3-six")
    assert found.provider(the(found, "six")) == the(found, "python3-six")
    assert found.provider(the(found, "numpy")) is None
    assert found.provider(the(found, "python3-six")) is None


def test_a_file_is_proven_by_what_its_package_promises() -> None:
    files = {"numpy/a.py": "a", "numpy/b.py": "b", "numpy/c.py": "c"}
    found = contents(
        layer(*distribution("numpy", "2.0", files)),
        layer(file(f"{SITE}/numpy/a.py", "changed"), file("app/x", "x")),
        layer(file(f"{SITE}/numpy/a.py", "a"), hardlink("srv/b.py", f"{SITE}/numpy/b.py")),
    )

    assert [found.is_proven(f"{SITE}/numpy/a.py", at) for at in range(3)] == [True, False, True]
    assert found.is_proven(f"{SITE}/numpy/b.py", 0)
    assert not found.is_proven("app/x", 1)
    assert not found.is_proven("nowhere", 1)
    assert found.modified == ()


def test_a_file_of_a_package_that_is_gone_is_proven_too() -> None:
    found = contents(
        layer(*distribution("numpy", "2.0", {"numpy/a.py": "a"})),
        layer(whiteout(f"{SITE}/numpy"), whiteout(f"{SITE}/numpy-2.0.dist-info")),
    )

    assert found.is_proven(f"{SITE}/numpy/a.py", 0)


def test_a_package_that_is_from_no_index_proves_nothing() -> None:
    found = contents(
        layer(
            *distribution(
                "mine",
                "1.0",
                {"mine/.env": "TOKEN=1"},
                direct_url__json='{"url": "file:///src/mine-1.0.whl", "archive_info": {}}',
            )
        )
    )

    assert not found.is_proven(f"{SITE}/mine/.env", 0)


def test_changed_files_of_a_package_are_modified() -> None:
    found = contents(
        layer(*distribution("numpy", "2.0", {"numpy/a.py": "a", "numpy/b.py": "b"})),
        layer(file(f"{SITE}/numpy/a.py", "patched")),
    )

    assert found.modified == (f"{SITE}/numpy/a.py",)


def model(path: str, size: int = 100) -> Artifact:
    """Return a model at *path*."""
    return Artifact(path=path, role="model", format="safetensors", size=size)


def test_models_are_live_deleted_or_replaced() -> None:
    found = contents(
        layer(
            file("a", 100),
            file("b", 100),
            file("c", 100),
            file("d", 100),
            hardlink("e", "d"),
            artifacts=[model("a"), model("b"), model("c"), model("d")],
        ),
        layer(whiteout("b"), file("c", 50), whiteout("d"), artifacts=[model("c", 50)]),
    )

    assert found.artifacts == (
        FoundArtifact(model("a"), 0, "live", None),
        FoundArtifact(model("b"), 0, "deleted", 1),
        FoundArtifact(model("c"), 0, "replaced", 1),
        FoundArtifact(model("e"), 0, "live", None),
        FoundArtifact(model("c", 50), 1, "live", None),
    )


def test_binaries_are_those_that_a_container_sees() -> None:
    old, new = Binary(path="bin/a", size=1), Binary(path="bin/a", size=2)
    other = Binary(path="bin/b", size=3, soname="b")
    found = contents(
        layer(
            file("bin/a", 1), file("bin/b", 3), hardlink("bin/c", "bin/b"), binaries=[old, other]
        ),
        layer(file("bin/a", 2), whiteout("bin/b"), binaries=[new]),
    )

    assert found.binaries == {"bin/a": new, "bin/c": Binary(path="bin/c", size=3, soname="b")}


def test_names_below_a_link_are_where_the_link_leads() -> None:
    hit = SecretHit("lib/b.zip!c/.env", 1, "a token", "`x…`", "f")
    found = contents(
        layer(directory("usr/lib"), symlink("lib", "usr/lib")),
        layer(
            document("lib/a/METADATA", "Name: a\n"),
            file("lib/b.zip", 9),
            secrets=[hit],
            artifacts=[model("lib/b.zip")],
        ),
    )

    index = found.inspected.layers[1].index
    assert index is not None
    assert [member.path for member in index.members] == ["usr/lib/a/METADATA", "usr/lib/b.zip"]
    assert [secret.path for secret in index.secrets] == ["usr/lib/b.zip!c/.env"]
    assert [it.artifact.path for it in found.artifacts] == ["usr/lib/b.zip"]
    assert found.documents == {"usr/lib/a/METADATA": b"Name: a\n"}


def test_steps_of_layers() -> None:
    inspected = image(
        layer(file("a", 1), by="ADD rootfs.tar /"),
        step("ENV A=b"),
        layer(file("b", 1), by="RUN make"),
    )
    made = Contents(inspected).step_of(1)
    untold = replace(inspected, layers=(replace(inspected.layers[0], step=None),))

    assert made is not None
    assert made.created_by == "RUN make"
    assert Contents(untold).step_of(0) is None


def test_waste_follows_variables_and_owners() -> None:
    config = replace(PLAIN, env=(("PIP_CACHE_DIR", "/opt/pip-cache"),))
    found = contents(layer(file("opt/pip-cache/a", 9_000_000)), config=config)

    assert [(it.title, it.size) for it in found.waste] == [("downloads of pip", 9_000_000)]


def test_problems_name_the_layer_or_the_file() -> None:
    found = contents(layer(hardlink("a", "b")))

    assert found.problems == ("the hard link `a` leads to `b`, which is no file",)
