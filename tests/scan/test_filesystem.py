"""Layers are merged as an engine unpacks them, and each byte is told of once."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.scan.images import (
    Entry,
    Whiteout,
    directory,
    file,
    hardlink,
    index_of,
    layer,
    opaque,
    symlink,
    whiteout,
)

from boxwright.scan.filesystem import Filesystem, merge
from boxwright.scan.layer_index import DIRECTORY, FILE, HARDLINK, SYMLINK, LayerIndex, Member


def merged(*layers: list[Entry | Whiteout]) -> Filesystem:
    """Return what the layers of these entries come to."""
    return merge([index_of(layer(*entries)) for entries in layers])


def seen(filesystem: Filesystem) -> dict[str, int]:
    """Return the layer of all that is no folder, by path."""
    return {
        path: live.layer
        for path, live in sorted(filesystem.files.items())
        if live.member.kind != DIRECTORY
    }


def hidden(filesystem: Filesystem) -> list[tuple[str, int, int, str]]:
    """Return what is gone: path, layer, the layer that hides it, and how."""
    return sorted(
        (gone.member.path, gone.layer, gone.removed_by, gone.how) for gone in filesystem.gone
    )


def sizes(filesystem: Filesystem) -> tuple[int, int]:
    """Return the bytes that are seen and those that are gone."""
    return (
        sum(live.member.size for live in filesystem.files.values()),
        sum(gone.member.size for gone in filesystem.gone),
    )


def test_a_later_layer_adds_and_replaces() -> None:
    filesystem = merged([file("etc/a", "1"), file("etc/b", "2")], [file("etc/b", "3")])

    assert seen(filesystem) == {"etc/a": 0, "etc/b": 1}
    assert hidden(filesystem) == [("etc/b", 0, 1, "replaced")]


def test_parents_are_implied() -> None:
    filesystem = merged([file("srv/model/weights", 10)])

    assert filesystem.files["srv/model"].member == Member(
        path="srv/model", kind=DIRECTORY, mode=0o755
    )
    assert filesystem.files["srv"].layer == 0


def test_a_whiteout_removes_a_file() -> None:
    filesystem = merged([file("tmp/x", 5), file("tmp/y", 6)], [whiteout("tmp/x")])

    assert seen(filesystem) == {"tmp/y": 0}
    assert hidden(filesystem) == [("tmp/x", 0, 1, "deleted")]
    assert sizes(filesystem) == (6, 5)


def test_a_whiteout_removes_a_folder_and_all_below_it() -> None:
    filesystem = merged(
        [directory("data"), file("data/a", 5)],
        [file("data/deep/b", 7), file("data2", 1)],
        [whiteout("data")],
    )

    assert seen(filesystem) == {"data2": 1}
    assert hidden(filesystem) == [
        ("data", 0, 2, "deleted"),
        ("data/a", 0, 2, "deleted"),
        ("data/deep", 1, 2, "deleted"),
        ("data/deep/b", 1, 2, "deleted"),
    ]
    assert sizes(filesystem) == (1, 12)


def test_an_opaque_folder_hides_what_is_below_it_and_stays() -> None:
    filesystem = merged(
        [directory("srv", mode=0o700), file("srv/old", 5), file("srv/sub/old", 5)],
        [directory("srv"), file("srv/new", 3), opaque("srv")],
    )

    assert seen(filesystem) == {"srv/new": 1}
    assert filesystem.files["srv"].layer == 1
    assert sizes(filesystem) == (3, 10)


@pytest.mark.parametrize("order", [1, -1])
def test_whiteouts_hide_only_lower_layers_wherever_they_stand(order: int) -> None:
    entries: list[Entry | Whiteout] = [file("app/new", 3), whiteout("app"), opaque("app")]
    filesystem = merged([file("app/old", 5)], entries[::order])

    assert seen(filesystem) == {"app/new": 1}
    assert hidden(filesystem) == [("app", 0, 1, "deleted"), ("app/old", 0, 1, "deleted")]


def test_what_is_removed_and_made_again_by_one_layer_is_replaced_or_rewritten() -> None:
    filesystem = merged(
        [file("app/a", "1"), file("app/b", "2"), file("app/c", "3")],
        [whiteout("app"), file("app/a", "1", uid=7), file("app/b", "9")],
    )

    assert hidden(filesystem) == [
        ("app", 0, 1, "deleted"),
        ("app/a", 0, 1, "rewritten"),
        ("app/b", 0, 1, "replaced"),
        ("app/c", 0, 1, "deleted"),
    ]


def test_the_same_content_again_is_rewritten() -> None:
    filesystem = merged(
        [file("run.sh", "x", mode=0o644), symlink("sh", "bash")],
        [file("run.sh", "x", mode=0o755), symlink("sh", "bash")],
        [file("run.sh", "x", uid=1000), symlink("sh", "dash")],
    )

    assert hidden(filesystem) == [
        ("run.sh", 0, 1, "rewritten"),
        ("run.sh", 1, 2, "rewritten"),
        ("sh", 0, 1, "rewritten"),
        ("sh", 1, 2, "replaced"),
    ]


def test_folders_over_folders_are_not_gone() -> None:
    filesystem = merged([directory("srv"), file("srv/a", 1)], [directory("srv", uid=5)])

    assert filesystem.gone == ()
    assert filesystem.files["srv"].member.uid == 5


def test_a_file_replaces_a_folder_and_the_reverse() -> None:
    filesystem = merged(
        [file("a/x", 5), file("b", 6)],
        [file("a", 1), directory("b"), file("b/y", 2)],
    )

    assert seen(filesystem) == {"a": 1, "b/y": 1}
    assert hidden(filesystem) == [
        ("a", 0, 1, "replaced"),
        ("a/x", 0, 1, "replaced"),
        ("b", 0, 1, "replaced"),
    ]


def test_a_file_whose_folder_is_a_file_replaces_it() -> None:
    filesystem = merged([file("a", 5)], [file("a/x", 1)])

    assert seen(filesystem) == {"a/x": 1}
    assert hidden(filesystem) == [("a", 0, 1, "replaced")]


def test_names_below_a_link_lead_where_the_link_does() -> None:
    filesystem = merged(
        [directory("usr/lib"), symlink("lib", "usr/lib"), file("usr/lib/old", 5)],
        [file("lib/new", 3), whiteout("lib/old")],
    )

    assert seen(filesystem) == {"lib": 0, "usr/lib/new": 1}
    assert hidden(filesystem) == [("usr/lib/old", 0, 1, "deleted")]
    assert filesystem.place(1, "lib/new") == "usr/lib/new"


def test_links_may_be_absolute_lead_up_and_lead_to_links() -> None:
    filesystem = merged(
        [
            symlink("a", "/opt/../srv"),
            symlink("srv/b", "../../../c"),
            symlink("c", "d"),
            file("a/b/x", 1),
        ]
    )

    assert seen(filesystem) == {"a": 0, "c": 0, "d/x": 0, "srv/b": 0}


def test_a_folder_in_place_of_a_link_is_a_folder() -> None:
    filesystem = merged(
        [directory("usr/lib"), symlink("lib", "usr/lib")],
        [file("lib/one", 1)],
        [directory("lib"), file("lib/two", 2)],
    )

    assert seen(filesystem) == {"lib/two": 2, "usr/lib/one": 1}


def test_links_in_a_circle_are_replaced_by_folders() -> None:
    filesystem = merged([symlink("a", "b"), symlink("b", "a")], [file("a/x", 1)])

    assert seen(filesystem) == {"a/x": 1, "b": 0}


def test_a_hard_link_counts_nothing() -> None:
    filesystem = merged([file("bin/perl", 100), hardlink("bin/perl5", "bin/perl")])

    assert sizes(filesystem) == (100, 0)
    assert filesystem.names == {"bin/perl": ("bin/perl", "bin/perl5")}


def test_a_hard_link_keeps_the_content_of_a_name_that_is_gone() -> None:
    filesystem = merged(
        [
            file("pkgs/x", 100),
            hardlink("lib/x", "pkgs/x"),
            hardlink("lib/y", "lib/x"),
        ],
        [whiteout("pkgs")],
    )

    assert sizes(filesystem) == (100, 0)
    kept = filesystem.files["lib/x"]
    assert (kept.layer, kept.member.kind, kept.member.size) == (0, FILE, 100)
    assert filesystem.files["lib/y"].member.link == "lib/x"
    assert filesystem.names == {"lib/x": ("lib/x", "lib/y")}
    assert filesystem.place(0, "pkgs/x") == "lib/x"
    assert [(gone.member.path, gone.member.kind) for gone in filesystem.gone] == [
        ("pkgs", DIRECTORY),
        ("pkgs/x", HARDLINK),
    ]


def test_a_hard_link_keeps_the_content_of_a_name_that_is_replaced() -> None:
    filesystem = merged([file("a", 100), hardlink("b", "a")], [file("a", 7)])

    assert sizes(filesystem) == (107, 0)
    assert seen(filesystem) == {"a": 1, "b": 0}


def test_content_is_gone_with_its_last_name() -> None:
    filesystem = merged([file("a", 100), hardlink("b", "a")], [whiteout("a")], [file("b", 1)])

    assert sizes(filesystem) == (1, 100)
    assert hidden(filesystem) == [("a", 0, 1, "deleted"), ("b", 0, 2, "replaced")]


def test_a_hard_link_may_lead_to_a_lower_layer() -> None:
    filesystem = merged([file("a", 100)], [hardlink("b", "a")], [whiteout("a")])

    assert sizes(filesystem) == (100, 0)
    assert seen(filesystem) == {"b": 0}


def test_a_hard_link_to_a_symbolic_link_is_one() -> None:
    filesystem = merged([symlink("a", "x"), hardlink("b", "a")])

    assert filesystem.files["b"].member == Member(path="b", kind=SYMLINK, mode=0o777, link="x")


def test_a_hard_link_to_nothing_is_told_of() -> None:
    filesystem = merged([hardlink("b", "a"), hardlink("c", "c"), directory("d")])

    assert set(filesystem.files) == {"d"}
    assert filesystem.problems == (
        "the hard link `b` leads to `a`, which is no file",
        "the hard link `c` leads to `c`, which is no file",
    )


def test_what_a_layer_has_twice_is_repeated() -> None:
    filesystem = merged([file("a", 100), file("a", 30)])

    assert sizes(filesystem) == (30, 100)
    assert hidden(filesystem) == [("a", 0, 0, "repeated")]


def test_a_hard_link_between_two_entries_for_a_name_keeps_the_first() -> None:
    filesystem = merged([file("a", 100), hardlink("b", "a"), file("a", 30)])

    assert sizes(filesystem) == (130, 0)
    assert filesystem.files["b"].member.size == 100


def test_one_place_by_two_names_in_a_layer_is_repeated() -> None:
    filesystem = merged([symlink("lib", "usr/lib"), file("usr/lib/x", 10), file("lib/x", 20)])

    assert sizes(filesystem) == (20, 10)
    assert hidden(filesystem) == [("usr/lib/x", 0, 0, "repeated")]


def test_a_layer_that_was_not_read_is_left_out() -> None:
    made = index_of(layer(file("a", 1)))

    assert seen(merge([made, None, made])) == {"a": 2}


def test_the_root_is_no_member() -> None:
    assert dict(merged([directory(""), whiteout(""), opaque("x/y")]).files) == {}


def test_millions_of_implied_folders_are_not_made() -> None:
    deep = "/".join("a" * 1500)
    members = tuple(Member(path=f"{at}/{deep}/x", size=1) for at in range(50))
    filesystem = merge([LayerIndex(diff_id="", size=0, members=members)])

    assert sum(len(path) for path in filesystem.files) < 1 << 25
    assert sizes(filesystem) == (50, 0)


def test_a_long_way_through_links_is_taken_as_it_stands() -> None:
    filesystem = merged([symlink("a", "./" * 300)], [file("a/x", 1)])

    assert seen(filesystem) == {"a/x": 1}


# The reference: the layers are unpacked, as an engine does it, and the disk is looked at.

_FOLDERS = ("", "a", "a/b", "c", "l", "a/m", "l/b")
_NAMES = ("x", "y", "a", "b", "c")
_paths = st.builds(
    lambda folder, name: f"{folder}/{name}" if folder else name,
    st.sampled_from(_FOLDERS),
    st.sampled_from(_NAMES),
)
_entries = st.one_of(
    st.builds(
        lambda path, size, mode: file(path, size, mode=mode, same="content"),
        _paths,
        st.integers(0, 9),
        st.sampled_from([0o644, 0o755]),
    ),
    st.builds(directory, _paths),
    # Never in a circle, and never out of the root: links are called as nothing else is.
    st.builds(symlink, st.just("l"), st.sampled_from(["a", "a/b", "c", "c/../a"])),
    st.builds(symlink, st.just("a/m"), st.sampled_from(["b", "../c", "../l"])),
    st.builds(hardlink, _paths, _paths),
    st.builds(whiteout, st.one_of(_paths, st.sampled_from(["l", "a/m"]))),
    st.builds(opaque, st.sampled_from(_FOLDERS)),
)


@pytest.mark.skipif(sys.platform != "linux", reason="unpacks as Linux does")
@given(st.lists(st.lists(_entries, max_size=12), min_size=1, max_size=4))
def test_the_merge_is_what_unpacking_gives(layers: list[list[Entry | Whiteout]]) -> None:
    indexes = [index_of(layer(*_possible(entries))) for entries in layers]
    filesystem = merge(indexes)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for index in indexes:
            _unpack(index, root)
        expected, content = _look(root)

    assert _told(filesystem) == expected
    live, gone = sizes(filesystem)
    assert live == content
    shipped = sum(
        sum(member.size for member in index.members) + sum(index.repeated.values())
        for index in indexes
    )
    assert live + gone == shipped


def _possible(entries: list[Entry | Whiteout]) -> list[Entry | Whiteout]:
    """Return *entries* without what no tar that was read has: all names of a layer once."""
    last = {entry.member.path: entry for entry in entries if isinstance(entry, Entry)}
    return [
        entry
        for entry in entries
        if isinstance(entry, Whiteout) or last[entry.member.path] is entry
    ]


def _unpack(index: LayerIndex, root: Path) -> None:
    removed = [_place(root, path) for path in index.whiteouts]
    for path in index.opaque:
        folder = _real(root, path)
        removed += folder.iterdir() if folder.is_dir() else []
    for place in removed:
        _remove(place)
    for member in index.members:
        place = _place(root, member.path)
        _make_folder(root, place.parent)
        if member.kind == HARDLINK:
            target = _place(root, member.link)
            if place == target or not (target.is_file() or target.is_symlink()):
                continue
            between = root / "between"
            os.link(target, between, follow_symlinks=False)
            _remove(place)
            between.rename(place)
        elif not (member.kind == DIRECTORY and place.is_dir() and not place.is_symlink()):
            _remove(place)
            _make(member, place)


def _make(member: Member, place: Path) -> None:
    match member.kind:
        case "5":
            place.mkdir()
        case "2":
            place.symlink_to(member.link)
        case _:
            place.write_bytes(bytes(member.size))
            place.chmod(member.mode)


def _real(root: Path, path: str) -> Path:
    """Return where *path* leads, within *root*."""
    return Path(os.path.realpath(root / path)) if path else root


def _place(root: Path, path: str) -> Path:
    above, _, name = path.rpartition("/")
    return _real(root, above) / name


def _make_folder(root: Path, folder: Path) -> None:
    if folder != root and not (folder.is_dir() and not folder.is_symlink()):
        _make_folder(root, folder.parent)
        _remove(folder)
        folder.mkdir()


def _remove(place: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        for child in place.iterdir():
            _remove(child)
        place.rmdir()
    elif os.path.lexists(place):
        place.unlink()


def _look(root: Path) -> tuple[dict[str, tuple[str, ...]], int]:
    found: dict[str, tuple[str, ...]] = {}
    inodes: dict[int, tuple[int, list[str]]] = {}
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            place = Path(folder, name)
            path = str(place.relative_to(root))
            status = place.lstat()
            if stat.S_ISLNK(status.st_mode):
                found[path] = ("link", str(place.readlink()))
            elif stat.S_ISDIR(status.st_mode):
                found[path] = ("folder",)
            else:
                found[path] = ("file", str(status.st_size), oct(stat.S_IMODE(status.st_mode)))
                inodes.setdefault(status.st_ino, (status.st_size, []))[1].append(path)
    for size, paths in inodes.values():
        for path in paths:
            found[path] = (*found[path], *sorted(paths)) if len(paths) > 1 else found[path]
            assert found[path][1] == str(size)
    return found, sum(size for size, _ in inodes.values())


def _told(filesystem: Filesystem) -> dict[str, tuple[str, ...]]:
    told: dict[str, tuple[str, ...]] = {}
    for path, (member, _) in filesystem.files.items():
        assert member.path == path
        match member.kind:
            case "5":
                told[path] = ("folder",)
            case "2":
                told[path] = ("link", member.link)
            case _:
                target = member.link if member.kind == HARDLINK else path
                content = filesystem.files[target].member
                names = sorted(filesystem.names.get(target, ()))
                assert content.kind == FILE
                told[path] = ("file", str(content.size), oct(content.mode), *names)
    return told
