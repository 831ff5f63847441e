"""Data is written as YAML that reads well, and reads back as what it was."""

from __future__ import annotations

import pytest
import yaml

from boxwright.syntax.yaml.written import (
    MERGE,
    Alias,
    Anchored,
    Commented,
    Flow,
    Literal,
    Quoted,
    Tagged,
    written,
)


def test_comments_stand_above_keys_and_items() -> None:
    data = {
        "ports": Commented([80, Commented(443, "With a certificate.")], "Open.\n\nTo all."),
        "web": {"user": Commented("1000:1000", "Not root.")},
    }
    assert written(data) == (
        "# Open.\n"
        "#\n"
        "# To all.\n"
        "ports:\n"
        "  - 80\n"
        "  # With a certificate.\n"
        "  - 443\n"
        "web:\n"
        "  # Not root.\n"
        '  user: "1000:1000"'
    )


def test_what_is_anchored_is_merged_and_referred_to() -> None:
    data = {
        "base": Commented(Anchored({"restart": "always"}, "base"), "Shared."),
        "name": Anchored("app", "name"),
        "items": [Anchored({"a": 1}, "first"), Alias("name")],
        "web": {MERGE: Alias("base"), "title": Alias("name")},
        "api": {MERGE: [Alias("base"), Alias("first")]},
    }
    text = written(data)
    assert text == (
        "# Shared.\n"
        "base: &base\n"
        "  restart: always\n"
        "name: &name app\n"
        "items:\n"
        "  - &first\n"
        "    a: 1\n"
        "  - *name\n"
        "web:\n"
        "  <<: *base\n"
        "  title: *name\n"
        "api:\n"
        "  <<:\n"
        "    - *base\n"
        "    - *first"
    )
    assert yaml.safe_load(text)["api"] == {"restart": "always", "a": 1}


def test_a_tag_stands_before_its_value() -> None:
    data = {
        "ports": Tagged([], "!reset"),
        "cpus": Tagged(None, "!reset"),
        "volumes": Tagged(["a:/a"], "!override"),
        "items": [Tagged({"a": 1}, "!x"), Tagged("b", "!y")],
    }
    assert written(data) == (
        "ports: !reset []\n"
        "cpus: !reset null\n"
        "volumes: !override\n"
        "  - a:/a\n"
        "items:\n"
        "  - !x\n"
        "    a: 1\n"
        "  - !y b"
    )


def test_a_flow_is_one_line_unless_it_is_too_long() -> None:
    data = {
        "test": Flow(["CMD", "redis-cli", "--save", "60", "a, b", Quoted("x")]),
        "redis": Flow({"condition": "service_healthy", "ids": [1, None, True]}),
        "none": Flow([]),
        "long": Flow(["x" * 80]),
        "items": [Flow(["a"])],
    }
    text = written(data)
    assert text == (
        'test: [CMD, redis-cli, --save, "60", "a, b", "x"]\n'
        "redis: {condition: service_healthy, ids: [1, null, true]}\n"
        "none: []\n"
        "long:\n"
        f"  - {'x' * 80}\n"
        "items:\n"
        "  - [a]"
    )
    assert yaml.safe_load(text)["test"] == ["CMD", "redis-cli", "--save", "60", "a, b", "x"]


def test_a_flow_has_no_room_for_comments() -> None:
    with pytest.raises(TypeError, match="`Commented` cannot stand in one line"):
        written(Flow([Commented(1, "one")]))


def test_lines_of_a_literal_stay_lines() -> None:
    data = {"run": Literal("a\n\nb: c\n"), "items": [Literal("x\n  y"), Literal(" z\n")]}
    text = written(data)
    assert text == ('run: |\n  a\n\n  b: c\nitems:\n  - |-\n    x\n      y\n  - " z\\n"')
    assert yaml.safe_load(text) == {"run": "a\n\nb: c\n", "items": ["x\n  y", " z\n"]}


def test_quotes_can_be_asked_for() -> None:
    assert written([Quoted("80:80"), Quoted("${PORT}:80"), Quoted('say "a"')]) == (
        '- "80:80"\n- "${PORT}:80"\n- "say \\"a\\""'
    )
