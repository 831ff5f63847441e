"""Two images are compared by what a container sees, and two builds by every byte."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.scan.images import (
    PLAIN,
    Entry,
    MadeLayer,
    Whiteout,
    directory,
    document,
    file,
    hardlink,
    image,
    layer,
    symlink,
    whiteout,
)

from boxwright.oci.config import Healthcheck, ImageConfig
from boxwright.scan.contents import Contents
from boxwright.scan.diff import (
    ConfigChange,
    FileGroup,
    ImageDiff,
    PackageChange,
    diff,
    find_differences,
)
from boxwright.scan.inspected import Inspected

SITE = "opt/venv/lib/python3.13/site-packages"


def compared(
    a: list[MadeLayer],
    b: list[MadeLayer],
    *,
    before: ImageConfig = PLAIN,
    after: ImageConfig = PLAIN,
) -> ImageDiff:
    """Return what differs between images of these layers."""
    return diff(Contents(image(*a, config=before)), Contents(image(*b, config=after)))


def distribution(name: str, version: str, size: int) -> MadeLayer:
    """Return the layer of a distribution with one module of *size* bytes."""
    folder = f"{SITE}/{name}-{version}.dist-info"
    return layer(
        document(f"{folder}/METADATA", f"Name: {name}\nVersion: {version}\n"),
        document(f"{folder}/RECORD", f"{name}.py,,\n{name}-{version}.dist-info/METADATA,,\n"),
        file(f"{SITE}/{name}.py", size),
    )


def changes(found: ImageDiff) -> list[tuple[str, str, tuple[str, ...], int]]:
    """Return path, how, what and size of each changed file."""
    return [(it.path, it.how, it.what, it.size) for it in found.files]


def test_an_image_does_not_differ_from_itself() -> None:
    layers = [distribution("numpy", "2.0", 9), layer(file("a", 1), hardlink("b", "a"))]
    found = compared(layers, layers)

    assert found.is_empty
    assert (found.only_a, found.only_b, len(found.shared)) == ((), (), 2)
    assert found.groups == ()


def test_layers_in_common() -> None:
    base, app = layer(file("a", 1)), layer(file("b", 2))
    found = compared(
        [base, layer(file("c", 3)), app], [base, layer(file("c", 50)), app, layer(file("d", 4))]
    )

    assert len(found.shared) == 1
    assert (found.only_a, found.only_b) == ((1,), (1, 3))
    assert (found.size, found.shipped) == ((6, 57), (6, 57))


def test_files_that_changed() -> None:
    before: list[Entry | Whiteout] = [
        file("same", 1),
        file("gone", 5),
        file("content", 10),
        file("mode", 1),
        file("owner", 1),
        file("time", 1),
        file("capable", 1),
        file("kind", 7),
        symlink("link", "a"),
        directory("folder"),
        directory("folder-gone"),
        file("one", 30),
        hardlink("two", "one"),
    ]
    after: list[Entry | Whiteout] = [
        file("same", 1),
        file("new", 6),
        file("content", 12, mode=0o600),
        file("mode", 1, mode=0o600),
        file("owner", 1, uid=5),
        file("time", 1, mtime=99),
        file("capable", 1, capability=True),
        symlink("kind", "x"),
        symlink("link", "b"),
        directory("folder", mode=0o777),
        file("two", 30, same="one"),
        hardlink("one", "two"),
    ]

    assert changes(compared([layer(*before)], [layer(*after)])) == [
        ("capable", "changed", ("capabilities",), 0),
        ("content", "changed", ("content", "mode"), 2),
        ("folder", "changed", ("mode",), 0),
        ("gone", "removed", (), -5),
        ("kind", "changed", ("kind", "mode"), -7),
        ("link", "changed", ("target",), 0),
        ("mode", "changed", ("mode",), 0),
        ("new", "added", (), 6),
        ("owner", "changed", ("owner",), 0),
    ]


def test_what_is_deleted_in_a_layer_is_no_file_of_the_image() -> None:
    found = compared(
        [layer(file("a", 1))], [layer(file("a", 1), file("b", 9)), layer(whiteout("b"))]
    )

    assert found.is_empty
    assert found.shipped == (1, 10)


def test_packages_and_their_files() -> None:
    found = compared(
        [
            distribution("Num_Py", "2.0", 1000),
            distribution("gone", "1", 300),
            layer(file("a/b/c/x", 5)),
        ],
        [
            distribution("Num_Py", "2.1", 1500),
            distribution("new", "3", 400),
            layer(file("a/b/d/y", 5)),
        ],
    )
    told = {change.name: change for change in found.packages}

    assert [(it.name, it.how, it.before, it.after) for it in found.packages] == [
        ("gone", "removed", ("1",), ()),
        ("new", "added", (), ("3",)),
        ("num-py", "changed", ("2.0",), ("2.1",)),
    ]
    assert told["num-py"] == PackageChange(
        type="pypi", name="num-py", before=("2.0",), after=("2.1",), size=500
    )
    assert found.groups == (
        FileGroup(name="pypi num-py", is_package=True, added=2, removed=2, changed=1, size=500),
        FileGroup(
            name="pypi new", is_package=True, added=3, removed=0, changed=0, size=told["new"].size
        ),
        FileGroup(
            name="pypi gone", is_package=True, added=0, removed=3, changed=0, size=told["gone"].size
        ),
        FileGroup(name="a/b", is_package=False, added=1, removed=1, changed=0, size=0),
    )


def test_settings_that_changed() -> None:
    found = compared(
        [],
        [],
        before=replace(
            PLAIN,
            user="root",
            env=(("PATH", "/bin"), ("GONE", "1")),
            cmd=("python", "a b.py"),
            labels={"version": "1"},
        ),
        after=replace(
            PLAIN,
            user="65532",
            env=(("PATH", "/usr/bin"),),
            cmd=("python",),
            labels={"version": "1", "new": "x"},
            exposed_ports=("8000/tcp",),
            healthcheck=Healthcheck(test=("check",), retries=5),
        ),
    )

    assert found.config == (
        ConfigChange(key="user", before="root", after="65532"),
        ConfigChange(key="command", before="python 'a b.py'", after="python"),
        ConfigChange(key="env PATH", before="/bin", after="/usr/bin"),
        ConfigChange(key="env GONE", before="1", after=None),
        ConfigChange(key="ports", before=None, after="8000/tcp"),
        ConfigChange(
            key="health check",
            before=None,
            after="check every 30 s, 5 s at most, from 30 s on, 5 times",
        ),
        ConfigChange(key="label new", before=None, after="x"),
    )


# Why builds are not the same.


def causes(a: Inspected, b: Inspected) -> list[tuple[str, int | None, tuple[str, ...], int]]:
    """Return cause, layer, names and count of each difference."""
    return [(it.cause, it.layer, it.names, it.count) for it in find_differences(a, b)]


BASE = layer(file("base", 1))
BUILT = [directory("x"), file("x/a", "a", mtime=5), file("x/b", "b"), symlink("x/c", "a")]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param(
            [directory("x"), file("x/a", "a", mtime=6), *BUILT[2:]],
            [("time", 1, ("x/a",), 1)],
            id="time",
        ),
        pytest.param(
            [BUILT[0], BUILT[2], BUILT[1], BUILT[3]],
            [("order", 1, ("x/a", "x/b"), 2)],
            id="order",
        ),
        pytest.param(
            [directory("x", uid=3), *BUILT[1:]], [("owner", 1, ("x",), 1)], id="owner"
        ),
        pytest.param(
            [directory("x"), file("x/a", "A", mtime=6, mode=0o600), *BUILT[2:]],
            [("content", 1, ("x/a",), 1), ("mode", 1, ("x/a",), 1), ("time", 1, ("x/a",), 1)],
            id="content before time",
        ),
        pytest.param(
            [*BUILT[:2], file("x/new", 1), BUILT[3], whiteout("base")],
            [("members", 1, ("x/b", "x/new", "base (removed)"), 3)],
            id="other members",
        ),
        pytest.param([*BUILT[:3], symlink("x/c", "b")], [("links", 1, ("x/c",), 1)], id="links"),
        pytest.param([*BUILT[:3], directory("x/c")], [("members", 1, ("x/c",), 1)], id="kind"),
    ],
)  # fmt: skip
def test_the_cause_in_the_first_layer_that_differs(
    entries: list[Entry | Whiteout], expected: list[tuple[str, int, tuple[str, ...], int]]
) -> None:
    a = image(BASE, layer(*BUILT), layer(file("later", "1")))
    b = image(BASE, layer(*entries), layer(file("later", "2")))

    assert causes(a, b) == expected


def test_what_members_do_not_tell_of_is_the_tar() -> None:
    a, b = image(layer(*BUILT)), image(layer(*BUILT))
    b = replace(b, image=image(BASE).image, layers=(replace(b.layers[0], diff_id="sha256:other"),))

    assert causes(a, b) == [("tar", 0, (), 0)]


def test_the_same_tar_packed_in_another_way() -> None:
    a, b = image(layer(*BUILT)), image(layer(*BUILT))
    b = replace(b, image=image(BASE).image, layers=(replace(b.layers[0], digest="sha256:other"),))

    assert causes(a, b) == [("compression", 0, (), 0)]


def test_layers_that_one_has_more() -> None:
    assert causes(image(BASE), image(BASE, layer(*BUILT, by="RUN x"))) == [
        ("layers", 1, (), 1),
        ("config", None, ("history",), 1),
    ]


def test_layers_that_were_not_read() -> None:
    assert causes(image(BASE), image(layer(file("a", 1), problem="it is not there"))) == [
        ("unread", 0, (), 0)
    ]


def test_other_settings_and_times() -> None:
    later = replace(PLAIN, created="2027-01-01T00:00:00Z", user="5")

    assert causes(image(BASE), image(BASE, config=later)) == [
        ("config", None, ("user", "created"), 2)
    ]


def test_only_the_manifest_differs() -> None:
    a = image(BASE)

    assert causes(a, replace(a, image=image(BASE, BASE).image)) == [("manifest", None, (), 0)]


def test_the_same_image_has_no_differences() -> None:
    assert find_differences(image(BASE), image(BASE)) == ()
