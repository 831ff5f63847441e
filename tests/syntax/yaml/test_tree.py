"""YAML text → nodes that know where they stand."""

from __future__ import annotations

import sys

import pytest
import yaml

from boxwright.syntax.yaml.node import (
    Mapping,
    Node,
    Scalar,
    Sequence,
    as_bool,
    as_int,
    as_list,
    as_text,
    walk,
)
from boxwright.syntax.yaml.tree import SyntaxProblem, YamlFile, comments, parse_yaml
from boxwright.text.source import Source, Span


def read(text: str) -> YamlFile:
    return parse_yaml(Source("compose.yaml", text))


def root(text: str) -> Mapping:
    node = read(text).root
    assert isinstance(node, Mapping)
    return node


def found(text: str, *path: str | int) -> Node:
    node = root(text).get(*path)
    assert node is not None
    return node


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8", 8),
        ("0o17", 15),
        ("0xff", 255),
        ("-1.5e3", -1500.0),
        (".5", 0.5),
        ("true", True),
        ("~", None),
        ("", None),
        ("Null", None),
        ("yes", "yes"),
        ("1_000", "1_000"),
        ("22:22", "22:22"),
        ("2026-11-21", "2026-11-21"),
        ("'8'", "8"),
        ('"\\u00e9"', "é"),
        ("!!str 8", "8"),
        ("! 8", "8"),
        ('!!int "8"', 8),
        ("!reset null", None),
        ("9" * 5000, "9" * 5000),
        ("|\n  a\n  b\n", "a\nb\n"),
        (">-\n  a\n  b\n", "a b"),
    ],
)
def test_a_scalar_means_what_version_1_2_says(text: str, value: object) -> None:
    node = found(f"k: {text}", "k")

    assert isinstance(node, Scalar)
    assert node.value == value
    assert type(node.value) is type(value)


@pytest.mark.parametrize(
    ("text", "path", "raw"),
    [
        ("a: x  # c\n", ("a",), "x"),
        ("a: 'x y'\n", ("a",), "'x y'"),
        ("\ufeffa: x\n", ("a",), "x"),
        ("é: \U0001d4b3 # c\r\nb: y\r\n", ("b",), "y"),
        ("a:\n  b: 1\n\n# c\nd: 2\n", ("a",), "b: 1"),
        ("a:\n- 1\n- 2\n\nb: 1", ("a",), "- 1\n- 2"),
        ("a: &x {b: 1} # c\n", ("a",), "&x {b: 1}"),
        ("a: &x # c\n  b: 1\n", ("a",), "&x # c\n  b: 1"),
        ("a: |\n  x\n\n\n# c\nb: 1\n", ("a",), "|\n  x"),
        ("a: |+ # c\n  x\n\nb: 1\n", ("a",), "|+ # c\n  x\n\n"),
        ("a: |\n  x\n     \n\nb: 1\n", ("a",), "|\n  x\n     "),
        ("a:\n", ("a",), ""),
        ("a: [1, {b: c}]\n", ("a", 1, "b"), "c"),
        ("x: 1\n---\n", ("x",), "1"),
    ],
)
def test_a_node_spans_what_is_its_own(text: str, path: tuple[str, ...], raw: str) -> None:
    assert found(text, *path).raw == raw


def test_documents_are_apart_and_empty_ones_have_no_root() -> None:
    file = read("a: 1\n---\n---\n# nothing\n--- b\n...\n")

    assert [as_text(document.root) for document in file.documents[1:]] == [None, None, "b"]
    assert isinstance(file.documents[0].root, Mapping)
    assert read("# nothing\n").root is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            'a: 1\nb: "x\n',
            SyntaxProblem(
                "not valid YAML: found unexpected end of stream while scanning a quoted scalar",
                Span(8, 9),
            ),
        ),
        (
            "é: b: c\n",
            SyntaxProblem(
                "not valid YAML: mapping values are not allowed in this context", Span(4, 5)
            ),
        ),
        (
            "a: 1\n\tb: 2\n",
            SyntaxProblem(
                "not valid YAML: found a tab character that violates indentation "
                "while scanning a plain scalar that begins on line 1",
                Span(5, 6),
            ),
        ),
        (
            "é: \x07\n",
            SyntaxProblem("not valid YAML: the character U+0007 may not occur", Span(3, 4)),
        ),
        ("a: \ud800\n", SyntaxProblem("not valid YAML: half a character", Span(3, 4))),
        (
            "a: *b\n",
            SyntaxProblem("not valid YAML: no anchor `&b` stands before this alias", Span(3, 5)),
        ),
        (
            "a: 1\nb: 2\na: 3\n",
            SyntaxProblem("the key `a` is set on line 1 already", Span(10, 11)),
        ),
        ("[" * 300, SyntaxProblem("the file is nested deeper than 200 levels", Span(0, 1))),
        (
            "a: [" + "1," * 200_001 + "]",
            SyntaxProblem("the file has more than 200,000 nodes", Span(0, 1)),
        ),
        (
            "#" * 10_000_001,
            SyntaxProblem(
                "the file is longer than 10,000,000 characters and was not read", Span(0, 0)
            ),
        ),
    ],
    ids=[
        "quote",
        "colon",
        "tab",
        "control",
        "surrogate",
        "alias",
        "duplicate",
        "deep",
        "many",
        "long",
    ],
)
def test_what_is_no_yaml_is_one_problem_with_its_place(text: str, problem: SyntaxProblem) -> None:
    assert read(text).problems == (problem,)


def test_the_documents_around_a_broken_one_are_read() -> None:
    file = read("a: 1\n---\nb: [\n---\nc: 2\n---\n--- d: 1\n---\ne: 3\n")

    keys = [node.keys() for item in file.documents if isinstance(node := item.root, Mapping)]
    assert keys == [("a",), ("c",), ("e",)]
    assert [file.source.position(problem.span.start).line for problem in file.problems] == [4, 7]


def test_the_reader_of_pyyaml_itself_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\ufeffa: &x {é: \U0001d4b3}\r\nb: *x # c\r\nc: |\r\n  x\r\n"
    with_libyaml = [node.span for node in walk(read(text).root)]

    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)

    assert [node.span for node in walk(read(text).root)] == with_libyaml
    assert read("é: \x07").problems == (
        SyntaxProblem("not valid YAML: the character U+0007 may not occur", Span(3, 4)),
    )
    assert read('a: "\\UFFFFFFFF"').documents == ()


def test_a_merge_gives_what_the_mapping_lacks() -> None:
    node = root(
        "base: &base {a: 1, b: 1, c: 1}\n"
        "more: &more\n  <<: *base\n  b: 2\n  d: 2\n"
        "own:\n  <<: [*more, {a: 3, e: 3}]\n  c: 4\n"
    )

    own = node.get("own")

    assert isinstance(own, Mapping)
    assert {key: as_text(value) for key, value in own.items()} == {
        "c": "4", "b": "2", "d": "2", "a": "1", "e": "3",
    }  # fmt: skip
    assert own.own("a") is None
    assert own.own("c") == own.pair("c")


def test_the_later_of_two_equal_keys_counts() -> None:
    assert as_text(found("a: 1\na: 2\n", "a")) == "2"


def test_an_alias_is_the_node_that_it_names() -> None:
    node = root("a: &x {b: 1}\nc: *x\n")
    pair = node.own("c")

    assert pair is not None
    assert pair.value is node.get("a")
    assert pair.value.is_shared
    assert (pair.is_alias, node.source.text[slice(*pair.value_span)]) == (True, "*x")


def test_aliases_upon_aliases_cost_nothing() -> None:
    lines = ["a0: &a0 [x]"] + [
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 60)
    ]

    assert sum(1 for _ in walk(read("\n".join(lines)).root)) == 62


def test_a_node_may_hold_itself() -> None:
    node = root("a: &a\n  <<: *a\n  b: *a\n")

    inner = node.get("a")

    assert isinstance(inner, Mapping)
    assert inner.get("b", "b", "b") is inner
    assert sum(1 for _ in walk(node)) == 2


def test_merges_upon_merges_end() -> None:
    lines = ["a0: &a0 {k0: 1}"] + [
        f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], k{n}: 1}}" for n in range(1, 3000)
    ]

    last = found("\n".join(lines), "a2999")

    assert isinstance(last, Mapping)
    assert 20 < len(last.keys()) < 200


def test_comments_are_told_from_what_looks_like_them() -> None:
    text = (
        "\ufeff# first\n"
        "a: 'x # no'  # one\n"
        "b: | # two\n"
        "  # no\n"
        "\n"
        "# three\n"
        "c: x#no\n"
        'd: "a\n'
        "  # no\n"
        '  "\n'
        "e: [1, # four\n"
        "  2] # five"
    )

    assert [(it.text, it.line, it.is_own_line) for it in comments(Source("x", text))] == [
        ("first", 1, True),
        ("one", 2, False),
        ("two", 3, False),
        ("three", 6, True),
        ("four", 11, False),
        ("five", 12, False),
    ]
    assert all(text[it.span.start] == "#" for it in comments(Source("x", text)))


def test_in_a_broken_part_only_whole_lines_are_comments() -> None:
    file = read("a: b: c # no\n# yes\nd: 'x # no'\n---\ne: 1 # yes too\n")

    assert [comment.text for comment in file.comments] == ["yes", "yes too"]


@pytest.mark.parametrize(
    ("text", "part", "place"),
    [
        ("k: a b c", "b", "b"),
        ("k: 'a b c'", "b", "b"),
        ("k: |\r\n  a\r\n    b\r\n  c\r\n", "b", "b"),
        ("k: >-\n  a\n  b c\n\n  d\n", "b c", "b c"),
        ("k: a\n  b", "b", "b"),
        ("k: 'it''s b'", "b", "'it''s b'"),
    ],
)
def test_a_part_of_a_text_is_found_where_it_stands(text: str, part: str, place: str) -> None:
    node = found(text, "k")
    assert isinstance(node, Scalar)
    start = node.text.index(part)

    span = node.span_of(start, start + len(part))

    assert text[span.start : span.end].endswith(place)
    assert node.joined().text == node.text


def test_what_a_node_is_not_it_is_read_as_nothing() -> None:
    node = root("a: [x, 1]\nb: on\nc: '8080'\nd: null\n")

    assert as_list(node.get("b")) == ()
    assert as_text(node.get("a")) is None
    assert as_text(node.get("d")) is None
    assert as_bool(node.get("b")) is True
    assert as_bool(node.get("c")) is None
    assert as_int(node.get("c")) == 8080
    assert as_int(node.get("b")) is None
    assert node.get("a", 5) is None
    assert node.get("b", "x") is None
    assert isinstance(node.get("a"), Sequence)


def test_a_collection_as_a_key_is_known_by_what_is_written() -> None:
    assert root("? [a, b]\n: 1\n*x : 2\n").keys() == ("[a, b]", "")


def test_deep_merges_need_no_deep_stack() -> None:
    depth = sys.getrecursionlimit() * 2
    lines = ["a0: &a0 {k: 1}"] + [f"a{n}: &a{n} {{<<: *a{n - 1}}}" for n in range(1, depth)]

    assert found("\n".join(lines), f"a{depth - 1}").start > 0
