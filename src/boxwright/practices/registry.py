"""Finds the rules: by area, by name, and by the codes that other tools have for them."""

from __future__ import annotations

import functools
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boxwright.errors import BoxwrightError
from boxwright.practices.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

AREAS = (
    "dockerfile",
    "dockerignore",
    "compose",
    "kubernetes",
    "deployment",
    "workflow",
    "image",
    "suppression",
)
"""The folders of rules, in the order in which they are listed."""

_PACKAGE = "boxwright.practices.rules"
_TOOLS = {
    "hadolint": "hadolint",
    "buildkit": "BuildKit",
    "checkov": "checkov",
    "trivy": "trivy",
    "dockle": "dockle",
    "dclint": "dclint",
    "kube-linter": "kube-linter",
    "kube-score": "kube-score",
    "kubesec": "kubesec",
    "compose-lint": "compose-lint",
    "kics": "KICS",
    "semgrep": "semgrep",
    "tally": "tally",
}


class UnknownRuleError(BoxwrightError):
    """There is no rule of that name."""

    def __init__(self, name: str, *, place: str = "") -> None:
        nearest = nearest_name(name)
        super().__init__(
            f"{place}: unknown rule `{name}`" if place else f"unknown rule `{name}`",
            hint=f"did you mean `{nearest}`?" if nearest else "`boxwright rules` lists all rules",
        )


@functools.cache
def rules(area: str) -> tuple[Rule[Any], ...]:
    """Return the rules of *area*, by name."""
    return tuple(_load(area, name) for name in _names(area))


def all_rules() -> tuple[Rule[Any], ...]:
    """Return every rule, area by area."""
    return tuple(rule for area in AREAS for rule in rules(area))


@functools.cache
def rule_names() -> Mapping[str, str]:
    """Return the area of each rule by its name; no rule is imported for that."""
    return {name: area for area in AREAS for name in _names(area)}


def find_rule(name: str) -> Rule[Any]:
    """Return the rule *name*; UnknownRuleError where there is none."""
    area = rule_names().get(name)
    if area is None:
        raise UnknownRuleError(name)
    return _load(area, name)


def nearest_name(name: str, among: Iterable[str] | None = None) -> str:
    """Return the rule's name that *name* is most like; empty where none is near."""
    import difflib

    candidates = sorted(rule_names()) if among is None else sorted(among)
    plain = name.strip().lower().replace("_", "-")
    return next(iter(difflib.get_close_matches(plain, candidates, n=1, cutoff=0.6)), "")


def rules_for_code(code: str) -> tuple[Rule[Any], ...]:
    """
    Return the rules whose pages name another tool's *code* (`DL3042`), in any case.

    An id of trivy is found with its old prefix (`AVD-DS-0002`) too.
    """
    return _by_code(all_rules()).get(plain_code(code), ())


def plain_code(code: str) -> str:
    """Return *code* as codes are compared."""
    return code.strip().strip("\"'`").casefold().removeprefix("avd-")


def equivalents(rule: Rule[Any]) -> dict[str, tuple[str, ...]]:
    """
    Return the codes that other tools have for *rule*, by tool.

    They are the first paragraph under "Equivalents" on its page: `hadolint DL3042,
    DL3060, checkov CKV_DOCKER_2`.
    """
    listed = section(rule, "Equivalents").partition("\n\n")[0]
    result: dict[str, list[str]] = {}
    tool = ""
    for item in _items(" ".join(listed.split())):
        first, _, rest = item.partition(" ")
        if first.casefold() in _TOOLS:
            tool = _TOOLS[first.casefold()]
            item = rest.strip()
        if tool and item:
            result.setdefault(tool, []).append(item.strip("\"'`"))
    return {tool: tuple(codes) for tool, codes in result.items()}


def codes_of(rules: Iterable[Rule[Any]]) -> dict[str, dict[str, frozenset[str]]]:
    """Return which of *rules* answer to which code, by tool and plain code."""
    found: dict[str, dict[str, set[str]]] = {}
    for rule in rules:
        for tool, codes in equivalents(rule).items():
            for code in codes:
                found.setdefault(tool, {}).setdefault(plain_code(code), set()).add(rule.name)
    return {
        tool: {code: frozenset(names) for code, names in codes.items()}
        for tool, codes in found.items()
    }


def fixable(rule: Rule[Any]) -> str:
    """Return what the page says of its fix: `safe`, `unsafe`, or nothing where there is none."""
    for word in section(rule, "Fix").split():
        plain = word.strip(".:,;()*_").casefold()
        if plain in ("safe", "unsafe"):
            return plain
    return ""


def section(rule: Rule[Any], title: str) -> str:
    """Return what stands under the heading *title* on the page of *rule*."""
    _, heading, rest = f"\n{rule.page}".partition(f"\n## {title}\n")
    return rest.partition("\n## ")[0].strip() if heading else ""


@functools.cache
def _by_code(rules: tuple[Rule[Any], ...]) -> Mapping[str, tuple[Rule[Any], ...]]:
    found: dict[str, list[Rule[Any]]] = {}
    for rule in rules:
        for code in {plain_code(code) for codes in equivalents(rule).values() for code in codes}:
            found.setdefault(code, []).append(rule)
    return {code: tuple(named) for code, named in found.items()}


def _items(text: str) -> Iterator[str]:
    """Yield what *text* lists: between commas, semicolons or `and`; quotes and brackets hold."""
    item = ""
    quote = ""
    depth = 0
    for character in text.removesuffix(".").replace(" and ", ", "):
        if quote:
            quote = "" if character == quote else quote
        elif character in '"`':
            quote = character
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            continue
        elif character in ",;" and depth <= 0:
            yield item.strip()
            item = ""
            continue
        if depth <= 0:
            item += character
    yield item.strip()


def _load(area: str, name: str) -> Rule[Any]:
    module = f"{_PACKAGE}.{area}.{name.replace('-', '_')}"
    found = vars(importlib.import_module(module)).get(name.replace("-", "_"))
    if not isinstance(found, Rule):
        raise TypeError(f"`{module}` has no rule of its name")
    return found


@functools.cache
def _names(area: str) -> tuple[str, ...]:
    # Not by pkgutil: it imports inspect, which costs more than all the rules.
    package = importlib.import_module(f"{_PACKAGE}.{area}")
    files = Path(package.__file__ or "").parent.iterdir()
    return tuple(
        sorted(
            file.stem.replace("_", "-")
            for file in files
            if file.suffix == ".py" and not file.stem.startswith("_")
        )
    )
