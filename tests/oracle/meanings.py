"""Tables of what another tool's rules mean: small files, and whether each of them is found."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from boxwright.practices.check import check_source
from boxwright.practices.discovery import Kind
from boxwright.practices.registry import rules_for_code
from boxwright.practices.selection import Selection
from boxwright.project.tree import MemoryTree
from boxwright.settings import parse_settings
from boxwright.text.source import Source

BASE = "FROM debian:12.9-slim\n"
TODAY = date(2026, 1, 1)

_FROM = re.compile(r"^\s*FROM\b", re.IGNORECASE | re.MULTILINE)


class Case(NamedTuple):
    """A file, and what the two tools should say of it."""

    text: str
    found_by_them: bool
    found_by_us: bool
    because: str = ""
    """Why the two differ; empty where they do not."""


class Meaning(NamedTuple):
    """A rule of another tool."""

    code: str
    meaning: str
    cases: tuple[Case, ...]
    arguments: tuple[str, ...] = ()
    """What the other tool must be told on its command line to run the rule."""
    options: Mapping[str, object] = {}
    """The same for our rule, as settings have it."""
    companions: Mapping[str, bytes] = {}
    """The files around it."""

    def as_expected(self) -> dict[str, bool]:
        """Return by text whether we should find something."""
        return {case.text: case.found_by_us for case in self.cases}


def read_meanings(name: str, tool: str) -> dict[str, Meaning]:
    """Return the rules of *tool* in the table *name*, by code."""
    tables = tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return {code: _meaning(code, table, tool) for code, table in tables.items()}


def codes_without_rule(meanings: Iterable[str]) -> set[str]:
    """Return those codes that no rule of ours answers to."""
    return {code for code in meanings if not rules_for_code(code)}


def our_verdicts(meaning: Meaning, kind: Kind) -> dict[str, bool]:
    """Return by text whether a rule of ours that answers to the code of *meaning* finds something."""
    rules = rules_for_code(meaning.code)
    settings = parse_settings(
        None,
        {"check": {"rules": {rule.name: _known(rule.options, meaning.options) for rule in rules}}},
    )
    selection = Selection(settings, select=("all",), among=rules)
    path = "compose.yaml" if kind is Kind.COMPOSE else "Dockerfile"
    verdicts = {}
    for case in meaning.cases:
        tree = MemoryTree({**meaning.companions, path: case.text.encode()})
        checked = check_source(
            Source(path, case.text),
            kind,
            today=TODAY,
            tree=tree if meaning.companions else None,
            selection=selection,
        )
        assert [failure.error for failure in checked.failures] == []
        names = {rule.name for rule in rules}
        verdicts[case.text] = any(finding.rule in names for finding in checked.findings)
    return verdicts


def _meaning(code: str, table: Mapping[str, Any], tool: str) -> Meaning:
    base = "" if table.get("whole") or tool == "dclint" else BASE

    def text_of(text: str) -> str:
        return (text if _FROM.search(text) else base + text) + "\n"

    cases = [Case(text_of(text), True, True) for text in table["bad"]]
    cases += [Case(text_of(text), False, False) for text in table["good"]]
    cases += [
        Case(text_of(one["text"]), one[tool], one["ours"], one["because"])
        for one in table.get("difference", ())
    ]
    companions = dict.fromkeys(table.get("files", ()), b"")
    if "ignore" in table:
        companions[".dockerignore"] = table["ignore"].encode()
    return Meaning(
        code,
        table["meaning"],
        tuple(cases),
        tuple(table.get("arguments", ())),
        table.get("options", {}),
        companions,
    )


def _known(options: Mapping[str, object], wanted: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in wanted.items() if key in options}
