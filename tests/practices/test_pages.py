"""What the page of every rule says is true."""

from __future__ import annotations

import functools
import importlib
import inspect
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.practices.examples import Example, examples
from tests.practices.image_examples import image_of

from boxwright.findings.finding import Finding
from boxwright.practices import rules
from boxwright.practices.autofix import FixedFile, fix_file
from boxwright.practices.check import INVALID_SYNTAX, check_file
from boxwright.practices.discovery import Kind, discover, kind_of_name
from boxwright.practices.registry import equivalents, find_rule, fixable, rule_names, section
from boxwright.practices.rule import Rule
from boxwright.practices.selection import Selection
from boxwright.practices.workspace import File, Workspace
from boxwright.project.settings_file import settings_in

TODAY = date(2026, 12, 1)
"""The day on which examples are judged: an end of life comes for all of them some day."""

RULES = Path(rules.__file__ or "").parent

SECTIONS = {"When it is fine", "Fix", "Settings", "Equivalents", "References"}

# What the codes of each tool look like, as its own documentation has them.
CODES = {
    "hadolint": r"(DL|SC)\d{4}",
    "BuildKit": r"[A-Z][A-Za-z]+",
    "checkov": r"CKV2?_(DOCKER|K8S|GHA|GITLABCI|SECRET)_\d+",
    "trivy": r"(DS|KSV|KCV)-?\d{4}",
    "dockle": r"(CIS|DKL)-(DI|LI)-\d{4}",
    "dclint": r"[a-z]+(-[a-z]+)+",
    "kube-linter": r"[a-z]+(-[a-z]+)+",
    "kube-score": r"[a-z]+(-[a-z]+)+",
    "kubesec": r"[A-Za-z][A-Za-z .\[\]\"=>-]+",
    "compose-lint": r"CL-\d{4}",
    "KICS": r"[A-Z].+",
    "semgrep": r"[a-z0-9]+([-.][a-z0-9]+)+",
    "tally": r"[a-z]+(-[a-z]+)+",
}


@pytest.fixture(params=sorted(rule_names()))
def rule(request: pytest.FixtureRequest) -> Rule[Any]:
    """Each rule, found only when it is tested: one that is broken hides no other."""
    return find_rule(request.param)


class Judged:
    """An example, and what is done with it."""

    def __init__(self, rule: Rule[Any], example: Example) -> None:
        tree = example.tree
        # Suppressions are judged by what the other rules find.
        names = ["all"] if rule.area == "suppression" else [rule.name]
        self.rule = rule
        self.example = example
        self.selection = Selection(settings_in(tree), select=names)
        if rule.area == "image":
            subject = image_of(example.text, name=example.path, today=TODAY)
            file = File(example.path, example.path, Kind.IMAGE, subject.source.text)
            subjects = {example.path: subject}
            self.workspace = Workspace(None, [file], today=TODAY, subjects=subjects)
            return
        kinds = {found.path: found.kind for found in discover(tree).found}
        kinds.setdefault(example.path, kind_of_name(example.path) or Kind.KUBERNETES)
        files = [File.of(path, path, kind, tree.read(path)) for path, kind in kinds.items()]
        self.workspace = Workspace(tree, files, today=TODAY)

    @functools.cached_property
    def findings(self) -> list[Finding]:
        """What the rule finds, after all that no example may have is ruled out."""
        checked = check_file(self.workspace, self.example.path, self.selection)
        assert checked.failures == ()
        return [finding for finding in checked.findings if finding.rule == self.rule.name]

    def fixed(self) -> FixedFile:
        return fix_file(self.workspace, self.example.path, self.selection, unsafe=True)

    def after(self, fixed: FixedFile) -> Judged:
        """Return the example after *fixed*."""
        example = self.example.with_text(fixed.text)
        for path, content in fixed.created.items():
            example.files[path] = content.encode()
        return Judged(self.rule, example)


@functools.cache
def judged(rule: Rule[Any], heading: str) -> tuple[Judged, ...]:
    return tuple(Judged(rule, example) for example in examples(rule, heading))


def module_of(rule: Rule[Any]) -> Any:  # noqa: ANN401 (a module)
    name = rule.name.replace("-", "_")
    return importlib.import_module(f"boxwright.practices.rules.{rule.area}.{name}")


def test_a_page_begins_with_a_sentence_and_says_why(rule: Rule[Any]) -> None:
    summary, why, *_ = rule.page.strip().split("\n\n")

    assert re.fullmatch(r"[^\n]+\.", summary)
    assert re.search(r"[.:]$", why)
    assert not why.startswith(("Bad:", "Good:", "#", "```"))


def test_a_page_has_the_headings_that_all_pages_have(rule: Rule[Any]) -> None:
    headings = re.findall(r"^#+ (.*)", re.sub(r"(?ms)^```.*?^```", "", rule.page), re.MULTILINE)

    assert set(headings) <= SECTIONS
    assert len(headings) == len(set(headings))


def test_no_line_of_a_page_is_joined_by_python(rule: Rule[Any]) -> None:
    source = inspect.getsource(module_of(rule))
    page = source[: source.index('"""', source.index('"""') + 3)]

    assert page.startswith('r"""') or not re.search(r"(?<!\\)(\\\\)*\\\n", page)


def test_a_rule_is_called_as_its_module_and_has_a_test_of_that_name(rule: Rule[Any]) -> None:
    module = module_of(rule)
    name = module.__name__.rpartition(".")[2]
    test = Path(__file__).parent / "rules" / rule.area / f"test_{name}.py"

    assert rule.name == name.replace("_", "-")
    assert rule.function.__name__ == name
    assert [each for each, value in vars(module).items() if isinstance(value, Rule)] == [name]
    assert test.exists()


def test_bad_examples_are_found(rule: Rule[Any]) -> None:
    bad = judged(rule, "Bad")

    assert bad
    assert [each.example.text for each in bad if not each.findings] == []


def test_good_examples_are_not(rule: Rule[Any]) -> None:
    good = judged(rule, "Good")

    assert good
    assert [finding for each in good for finding in each.findings] == []


def test_good_examples_can_be_read(rule: Rule[Any]) -> None:
    for each in judged(rule, "Good"):
        checked = check_file(each.workspace, each.example.path, Selection(select=[INVALID_SYNTAX]))
        assert [finding.message for finding in checked.findings] == []


def test_messages_and_titles_are_clauses(rule: Rule[Any]) -> None:
    for each in judged(rule, "Bad"):
        for finding in each.findings:
            texts = [finding.message, *([finding.fix.title] if finding.fix else [])]
            for text in texts:
                assert text.isprintable()
                assert not text.endswith((".", "!", ":"))
                assert text.count("`") % 2 == 0


def test_a_fix_mends_what_was_found_and_stays_mended(rule: Rule[Any]) -> None:
    for each in judged(rule, "Bad"):
        if not any(finding.fix for finding in each.findings):
            continue
        fixed = each.fixed()
        after = each.after(fixed)
        again = after.fixed()

        assert fixed.refused == ()
        assert [finding for finding in after.findings if finding.fix] == []
        if all(finding.fix for finding in each.findings):
            assert after.findings == []
        assert (again.text, again.applied) == (fixed.text, ())


def test_a_page_tells_of_the_fix_and_how_safe_it_is(rule: Rule[Any]) -> None:
    fixes = {
        finding.fix.applicability.value
        for each in judged(rule, "Bad")
        for finding in each.findings
        if finding.fix
    }
    told = set(re.findall(r"\b(safe|unsafe)\b", section(rule, "Fix").lower()))

    assert fixes <= told
    assert bool(fixes) == bool(fixable(rule))


def test_settings_on_a_page_are_those_that_the_rule_has(rule: Rule[Any]) -> None:
    text = section(rule, "Settings")
    defined = set(re.findall(r"^(?:[-*] )?`([a-z][a-z0-9-]*)`", text, re.MULTILINE))

    assert defined == set(rule.options)


def test_equivalents_are_codes_of_tools(rule: Rule[Any]) -> None:
    listed = section(rule, "Equivalents").partition("\n\n")[0]
    if listed.rstrip(".") in ("", "None"):
        return
    found = equivalents(rule)

    assert [
        f"{tool} {code}"
        for tool, codes in found.items()
        for code in codes
        if not re.fullmatch(CODES[tool], code)
    ] == []
    assert any(listed.lower().startswith(tool.lower()) for tool in found)


def test_names_are_given_once() -> None:
    files = [path.stem for path in RULES.glob("*/*.py") if not path.stem.startswith("_")]

    assert sorted(files) == sorted(set(files))
