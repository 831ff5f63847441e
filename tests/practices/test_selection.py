"""Which rules are on: the more exact name wins, and every mistake in settings is told."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

import pytest
from tests.practices.small_rules import make_rule

from boxwright.errors import BoxwrightError
from boxwright.findings.finding import Severity
from boxwright.practices.registry import rule_names
from boxwright.practices.selection import Selection
from boxwright.settings import Settings, parse_settings

ROOT, CACHE, STRICT = RULES = (
    make_rule("root-user", lambda _: [], options={"allow": (), "most": 3, "strict": False}),
    make_rule("cache", lambda _: [], options={"ratio": 0.5, "name": "x", "table": {}, "any": None}),
    make_rule("strict", lambda _: [], default=False, area="compose"),
)
AREAS = ("dockerfile", "compose")
KEY = "pyproject.toml: tool.boxwright.check"


def settings(text: str) -> Settings:
    return parse_settings({"tool": {"boxwright": {"check": tomllib.loads(text)}}}, None)


def on(text: str = "", path: str = "Dockerfile", asked: Mapping[str, list[str]] = {}) -> set[str]:
    selection = Selection(settings(text) if text else None, among=RULES, **asked)
    return {chosen.rule.name for chosen in selection.chosen(AREAS, path)}


def test_without_settings_the_rules_that_are_on_by_themselves_are() -> None:
    assert on() == {"root-user", "cache"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('select = ["all"]', {"root-user", "cache", "strict"}),
        ('select = ["dockerfile"]', {"root-user", "cache"}),
        ('select = ["strict"]', {"strict"}),
        ("select = []", set()),
        ('extend-select = ["strict"]', {"root-user", "cache", "strict"}),
        ('ignore = ["cache"]', {"root-user"}),
        ('ignore = ["all"]', set()),
        ('ignore = ["dockerfile"]\nextend-select = ["cache"]', {"cache"}),
        ('select = ["all"]\nignore = ["all"]', set()),
        ('[per-file-ignores]\n"docker*" = ["cache"]', {"root-user", "cache"}),
        ('[per-file-ignores]\n"Dockerfile" = ["cache"]', {"root-user"}),
        ('[per-file-ignores]\n"*file" = ["all"]', set()),
        ('[per-file."Dockerfile"]\nselect = ["strict"]', {"strict"}),
        ('[per-file."Dockerfile"]\nextend-select = ["strict"]\nignore = ["cache"]', {"root-user", "strict"}),
        ('[per-file."x/*"]\nselect = ["strict"]', {"root-user", "cache"}),
    ],
)  # fmt: skip
def test_settings_say_which_are_on(text: str, names: set[str]) -> None:
    assert on(text) == names


def test_a_pattern_without_a_folder_is_meant_everywhere() -> None:
    text = '[per-file-ignores]\n"Dockerfile" = ["cache"]\n"/a/x" = ["root-user"]'

    assert on(text, "a/Dockerfile") == {"root-user"}
    assert on(text, "a/x") == {"cache"}
    assert on(text, "b/a/x") == {"root-user", "cache"}


@pytest.mark.parametrize(
    ("text", "asked", "names"),
    [
        ("", {"select": ["strict"]}, {"strict"}),
        ("", {"select": ["all"], "ignore": ["cache"]}, {"root-user", "strict"}),
        ('ignore = ["cache"]', {"select": ["cache"]}, {"cache"}),
        ('ignore = ["cache"]', {"select": ["all"]}, {"root-user", "strict"}),
        ('ignore = ["cache"]', {"extend_select": ["cache"]}, {"root-user", "cache"}),
        ('select = ["cache"]', {"ignore": ["cache"]}, set()),
        ('[per-file-ignores]\n"Dockerfile" = ["all"]', {"select": ["cache"]}, set()),
    ],
)
def test_the_command_line_comes_first(
    text: str, asked: dict[str, list[str]], names: set[str]
) -> None:
    assert on(text, asked=asked) == names


def test_severities_and_options_come_with_a_rule() -> None:
    selection = Selection(
        settings(
            """
            severity = {root-user = "error", cache = "info"}
            rules.root-user = {allow = ["me"], strict = true}
            per-file."*.gpu".severity = {root-user = "info"}
            """
        ),
        among=RULES,
    )

    chosen = {path: selection.chosen(("dockerfile",), path) for path in ("a", "a.gpu")}
    assert [(each.rule.name, each.severity) for each in chosen["a"]] == [
        ("root-user", Severity.ERROR),
        ("cache", Severity.INFO),
    ]
    assert [each.severity for each in chosen["a.gpu"]] == [Severity.INFO, Severity.INFO]
    assert chosen["a"][0].options == {"allow": ("me",), "most": 3, "strict": True}
    assert chosen["a"][1].options == CACHE.options


def test_files_can_be_excluded() -> None:
    selection = Selection(settings('exclude = ["vendored", "a/*.yaml"]'), among=RULES)

    excluded = [
        path
        for path in ("vendored/x", "b/vendored/x/y", "a/b.yaml", "b/a/b.yaml", "x")
        if selection.excludes(path)
    ]
    assert excluded == ["vendored/x", "b/vendored/x/y", "a/b.yaml"]
    assert selection.excludes_all_below("b/vendored")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            'select = ["root-user", "root-usr"]',
            "pyproject.toml: tool.boxwright.check.select[1]: unknown rule `root-usr`",
            None,
        ),
        (
            'severity = {moving = "error"}',
            "pyproject.toml: tool.boxwright.check.severity.moving: unknown rule `moving`",
            None,
        ),
        (
            '[per-file-ignores]\n"x" = ["xyz"]',
            'pyproject.toml: tool.boxwright.check.per-file-ignores."x"[0]: unknown rule `xyz`',
            "`boxwright rules` lists all rules",
        ),
        (
            '[per-file."x"]\nignore = ["xyz"]',
            'pyproject.toml: tool.boxwright.check.per-file."x".ignore[0]: unknown rule `xyz`',
            None,
        ),
        (
            "rules.xyz.allow = []",
            "pyproject.toml: tool.boxwright.check.rules.xyz: unknown rule `xyz`",
            None,
        ),
        (
            "rules.root-user.alow = []",
            "pyproject.toml: tool.boxwright.check.rules.root-user.alow: unknown option",
            "did you mean `allow`?",
        ),
        (
            "rules.root-user.xyz = []",
            "pyproject.toml: tool.boxwright.check.rules.root-user.xyz: unknown option",
            "the options of `root-user` are `allow`, `most`, `strict`",
        ),
        (
            "rules.strict.xyz = []",
            "pyproject.toml: tool.boxwright.check.rules.strict.xyz: unknown option",
            "the rule `strict` has no options",
        ),
        (
            "rules.root-user.allow = [1]",
            f"{KEY}.rules.root-user.allow: expected an array of strings, found an array",
            "",
        ),
        (
            "rules.root-user.most = true",
            f"{KEY}.rules.root-user.most: expected a whole number, found `true`",
            "",
        ),
        (
            'rules.root-user.strict = "yes"',
            f"{KEY}.rules.root-user.strict: expected `true` or `false`, found a string",
            "",
        ),
        (
            "rules.cache.name = 1",
            f"{KEY}.rules.cache.name: expected a string, found the number 1",
            "",
        ),
        (
            'exclude = ["["]',
            "pyproject.toml: tool.boxwright.check.exclude[0]: `**/[` is no valid pattern",
            None,
        ),
    ],
)
def test_what_is_wrong_in_settings_is_told(text: str, message: str, hint: str | None) -> None:
    with pytest.raises(BoxwrightError) as error:
        Selection(settings(text), among=RULES)

    assert error.value.message == message
    if hint is not None:
        assert error.value.hint == hint


def test_numbers_fit_where_they_mean_the_same() -> None:
    selection = Selection(settings("rules.cache = {ratio = 1, any = [1]}"), among=RULES)

    assert selection.chosen(("dockerfile",), "x")[1].options["ratio"] == 1


def test_what_is_wrong_on_the_command_line_is_told_with_what_may_be_meant() -> None:
    name = next(name for name in rule_names() if len(name) > 8)

    with pytest.raises(BoxwrightError) as error:
        Selection(select=[name[:-1]])

    assert error.value.message == f"--select: unknown rule `{name[:-1]}`"
    assert error.value.hint == f"did you mean `{name}`?"
