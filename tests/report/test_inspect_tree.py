"""Files → the nested folders of a treemap."""

from __future__ import annotations

import json

from boxwright.report.inspect_tree import Leaf, group, tree


def leaf(path: str, size: int, layer: int = 0, *, hidden: bool = False) -> Leaf:
    return Leaf(path, size, layer, hidden)


def test_folders_hold_all_that_is_below_them_and_the_largest_comes_first() -> None:
    made = tree("/", [leaf("a/x", 10), leaf("b/c/y", 30, 2), leaf("b/z", 5, 1)], least=6)

    assert made == {
        "name": "/",
        "size": 45,
        "files": 3,
        "layer": 2,
        "children": [
            {
                "name": "b",
                "size": 35,
                "files": 2,
                "layer": 2,
                "children": [
                    {
                        "name": "c",
                        "size": 30,
                        "files": 1,
                        "layer": 2,
                        "children": [{"name": "y", "size": 30, "files": 1, "layer": 2}],
                    }
                ],
            },
            {
                "name": "a",
                "size": 10,
                "files": 1,
                "layer": 0,
                "children": [{"name": "x", "size": 10, "files": 1, "layer": 0}],
            },
        ],
    }


def test_folders_with_one_folder_in_them_are_one_node() -> None:
    made = tree("/", [leaf("opt/venv/lib/a", 10), leaf("opt/venv/lib/b", 10)], least=1)

    assert [child["name"] for child in made["children"]] == ["opt/venv/lib"]
    assert [child["name"] for child in made["children"][0]["children"]] == ["a", "b"]


def test_what_is_small_is_in_the_size_of_its_folder_only() -> None:
    made = tree("/", [leaf("a/large", 100), *(leaf(f"a/{at}", 1) for at in range(50))], least=10)

    folder = made["children"][0]
    assert (folder["size"], folder["files"]) == (150, 51)
    assert [child["name"] for child in folder["children"]] == ["large"]


def test_hidden_bytes_are_told_of_all_folders_above_them() -> None:
    made = tree("layer", [leaf("a/b", 10, hidden=True), leaf("a/c", 5)], least=1)

    assert (made["hidden"], made["children"][0]["hidden"]) == (10, 10)
    assert "hidden" not in made["children"][0]["children"][1]


def test_a_file_that_a_layer_has_again_is_one_node() -> None:
    made = tree("layer", [leaf("a", 10, 0, hidden=True), leaf("a", 20, 1)], least=1)

    assert made["children"] == [{"name": "a", "size": 30, "files": 2, "layer": 1, "hidden": 10}]


def test_no_depth_of_folders_makes_the_document_too_deep_to_write() -> None:
    deep = "/".join("d" * 1 for _ in range(2000))

    made = tree("/", [leaf(f"{deep}/f{at}", 100 + at) for at in range(3)], least=1)

    assert len(json.dumps(made)) < 20_000


def test_every_level_of_a_deep_path_with_something_of_its_own_is_bounded_too() -> None:
    files = [leaf("d/" * depth + "f", 1000) for depth in range(500)]

    made = tree("/", files, least=1)

    assert json.dumps(made).count('"children"') < 30


def test_nothing_makes_an_empty_tree() -> None:
    assert tree("/", [], least=1) == {"name": "/", "size": 0, "files": 0, "layer": None}


def test_a_group_is_as_large_as_what_is_in_it() -> None:
    made = group("all", [tree("a", [leaf("x", 1)], least=9), tree("b", [leaf("y", 2)], least=9)])

    assert (made["size"], made["files"]) == (3, 2)
    assert [child["name"] for child in made["children"]] == ["b", "a"]
