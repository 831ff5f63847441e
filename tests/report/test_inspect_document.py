"""A look into an image → the JSON document."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.report import looks
from tests.scan.images import file, image, layer, whiteout

from boxwright.report.inspect_document import document
from boxwright.scan.contents import Contents


@pytest.fixture(scope="module")
def contents() -> Contents:
    return Contents(looks.some_of_everything())


@pytest.fixture(scope="module")
def whole(contents: Contents) -> dict[str, Any]:
    return document(
        contents,
        findings=looks.broken(contents),
        rules=looks.rules(),
        matches=looks.vulnerable(contents),
        unchecked=["licences: the settings allow no list"],
    )


def test_it_is_json_and_the_same_every_time(contents: Contents, whole: dict[str, Any]) -> None:
    again = document(
        Contents(looks.some_of_everything()),
        findings=looks.broken(contents),
        rules=looks.rules(),
        matches=looks.vulnerable(contents),
        unchecked=["licences: the settings allow no list"],
    )

    assert json.dumps(whole, allow_nan=False) == json.dumps(again)


def test_what_the_image_is(whole: dict[str, Any]) -> None:
    image = whole["image"]

    assert (image["name"], image["platform"], image["created"]) == (
        "registry.example.com/ml/fraud-api:1.4.2",
        "linux/amd64",
        "2026-11-02T09:31:00Z",
    )
    assert image["distribution"] == {
        "id": "debian",
        "version_id": "13",
        "name": "Debian GNU/Linux 13 (trixie)",
        "codename": "trixie",
    }
    sizes = image["sizes"]
    assert sizes["waste"] == 60_000_120
    assert sizes["unpacked"] == sizes["needed"] + sizes["waste"] == sizes["final"] + 60_000_120
    assert sizes["efficiency"] == round(sizes["needed"] / sizes["unpacked"], 4)


def test_every_shipped_byte_has_one_cause(whole: dict[str, Any]) -> None:
    sizes = {cause["cause"]: cause["size"] for cause in whole["causes"]}

    assert sum(sizes.values()) == whole["image"]["sizes"]["unpacked"]
    assert sizes["model"] == 254_000_000
    assert sizes["hidden"] == 60_000_120
    assert list(sizes) == ["pypi", "model", "unowned", "hidden", "deb"]


def test_layers_tell_what_they_add_and_what_of_it_is_for_nothing(whole: dict[str, Any]) -> None:
    keys = ("at", "instruction", "added", "changed", "removed", "hidden", "packages", "step")
    assert [tuple(layer[key] for key in keys) for layer in whole["layers"]] == [
        (0, "ADD file:7d4b8b0a2f2e3a1f in /", 7, 0, 0, 0, 2, 0),
        (1, "RUN pip install torch numpy", 9, 0, 0, 60_000_000, 2, 2),
        (2, "COPY . /app", 4, 0, 0, 120, 0, 3),
        (3, "RUN rm /app/.env /tmp/source.tar.gz", 0, 0, 2, 0, 0, 4),
    ]


def test_a_file_that_comes_again_is_changed_and_not_added() -> None:
    made = document(
        Contents(
            image(
                layer(file("a", 10), file("b", 10), by="COPY . /"),
                layer(file("a", 20), file("c", 1), whiteout("b"), by="RUN change"),
            )
        )
    )

    assert [(each["added"], each["changed"], each["removed"]) for each in made["layers"]] == [
        (2, 0, 0),
        (1, 1, 1),
    ]


def test_packages_tell_whose_bytes_and_which_layer(whole: dict[str, Any]) -> None:
    keys = ("type", "name", "version", "layer", "licences")
    assert [tuple(package[key] for key in keys) for package in whole["packages"]] == [
        ("deb", "libc6", "2.41-12", 0, []),
        ("deb", "libssl3", "3.5.1-1", 0, []),
        ("pypi", "numpy", "2.4.6", 1, ["BSD-3-Clause"]),
        ("pypi", "torch", "2.13.0", 1, ["BSD-3-Clause"]),
    ]
    assert whole["packages"][3]["size"] > 700_000_000


def test_no_credential_is_in_it_whole(whole: dict[str, Any]) -> None:
    assert looks.TOKEN not in json.dumps(whole)
    variables = {each["name"]: each for each in whole["image"]["config"]["env"]}
    assert variables["HF_TOKEN"]["hidden"]
    assert whole["history"][1]["instruction"] == "ENV HF_TOKEN=[hidden]"


def test_leaks_name_what_brought_them_in_and_what_hides_them(whole: dict[str, Any]) -> None:
    in_files = [leak for leak in whole["leaks"] if leak["place"] == "file"]

    assert in_files == [
        {
            "kind": "a private key",
            "redacted": "hidden",
            "place": "file",
            "name": "app/.env",
            "line": 4,
            "layer": 2,
            "step": 3,
            "state": "deleted",
            "removed_by": 3,
            "removing_step": 4,
            "certain": True,
        }
    ]


def test_actions_come_by_how_pressing_they_are(whole: dict[str, Any]) -> None:
    kinds = [(action["kind"], action["severity"]) for action in whole["actions"]]

    assert kinds == [
        ("leak", "error"),
        ("artifact", "error"),
        ("vulnerability", "error"),
        ("waste", "warning"),
        ("vulnerability", "info"),
        ("waste", "info"),
    ]
    assert whole["actions"][2]["text"] == "raise `libssl3` to 3.5.1-2 (mends 1 critical)"


def test_vulnerabilities_come_worst_first_and_what_is_ruled_out_is_not_counted(
    whole: dict[str, Any],
) -> None:
    found = whole["vulnerabilities"]

    assert [match["id"][-4:] for match in found["matches"]] == ["1001", "1002", "1003", "1004"]
    assert found["counts"] == {
        "critical": 1,
        "high": 0,
        "medium": 1,
        "low": 1,
        "none": 0,
        "unknown": 0,
    }
    assert found["fixable"] == 2


def test_practices_tell_the_page_of_what_is_broken_and_the_layer(whole: dict[str, Any]) -> None:
    practices = whole["practices"]

    assert [(rule["rule"], rule["severity"], rule["count"]) for rule in practices["broken"]] == [
        ("root-user", "error", 1),
        ("missing-healthcheck", "warning", 1),
    ]
    assert practices["broken"][0]["page"].startswith("Two findings in a Dockerfile")
    assert practices["kept"] == [
        {
            "rule": "unlabelled-image",
            "severity": "info",
            "summary": "Two findings in a Dockerfile, and the rules that found them.",
        }
    ]
    assert [(each["step"], each["layer"]) for each in practices["findings"]] == [
        (None, None),
        (2, 1),
    ]


def test_what_nobody_looked_for_is_null_and_not_empty(contents: Contents) -> None:
    made = document(contents)

    assert (made["vulnerabilities"], made["practices"]) == (None, None)


def test_a_layer_that_could_not_be_read_is_a_problem() -> None:
    made = document(Contents(image(layer(by="COPY a b", problem="its gzip stream is cut short"))))

    assert made["layers"][0]["tar"] is None
    assert made["problems"] == ["layer 0: its gzip stream is cut short"]


def test_gpu_code_is_told_by_package(whole: dict[str, Any]) -> None:
    assert whole["gpu"] == {
        "cuda": None,
        "driver": None,
        "requires": None,
        "releases": [],
        "common": ["sm_80", "sm_90", "sm_120"],
        "conflicts": [],
        "unused": [],
        "architectures": ["sm_80", "sm_90", "sm_120", "ptx_120"],
        "size": 700_000_000,
        "packages": [
            {
                "name": "torch",
                "version": "2.13.0",
                "size": 700_000_000,
                "architectures": ["sm_80", "sm_90", "sm_120", "ptx_120"],
            }
        ],
        "env": [{"name": "NVIDIA_VISIBLE_DEVICES", "value": "all"}],
    }
    assert document(Contents(looks.mended()))["gpu"] is None


def test_the_trees_are_of_the_same_bytes(whole: dict[str, Any]) -> None:
    sizes, trees = whole["image"]["sizes"], whole["tree"]

    assert trees["folders"]["size"] == trees["packages"]["size"] == sizes["final"]
    assert trees["layers"]["size"] == sizes["unpacked"]
    assert [node["layer"] for node in trees["layers"]["children"]] == [1, 2, 0]


def test_an_image_of_nothing_has_a_document() -> None:
    made = document(Contents(image()))

    assert made["image"]["sizes"]["unpacked"] == 0
    assert made["causes"] == made["layers"] == made["packages"] == []


def test_a_hostile_image_has_a_document() -> None:
    contents = Contents(looks.hostile())

    made = document(contents, matches=[looks.hostile_match(contents)])

    assert json.loads(json.dumps(made))["image"]["name"] == looks.HOSTILE
