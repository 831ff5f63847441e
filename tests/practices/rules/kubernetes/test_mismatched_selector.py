"""Workloads that do not select their own pods."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.manifests import workload

JUDGE = Judge("mismatched-selector", path="deployment.yaml")
SELECTOR = "  selector: {matchLabels: {app: api}}\n"
LABELS = "    metadata: {labels: {app: api}}\n"


def labelled(selector: str, labels: str) -> str:
    text = workload().replace(SELECTOR, f"  selector: {selector}\n")
    return text.replace(LABELS, f"    metadata: {labels}\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (labelled("{matchLabels: {app: api, tier: ml}}", "{labels: {app: web}}"),
         "the pods of `api` have no `app: api` and `tier: ml`, by which it selects them"),
        (labelled("{matchLabels: {app: api}}", "{}"),
         "the pods of `api` have no `app: api`, by which it selects them"),
        (labelled("{matchExpressions: [{key: app, operator: Exists}]}", "{labels: {a: b}}"),
         "`api` does not select its own pods"),
    ],
)  # fmt: skip
def test_selectors_that_match_nothing_are_found(text: str, message: str) -> None:
    assert JUDGE.messages(text) == [message]


@pytest.mark.parametrize(
    "text",
    [
        workload(),
        labelled("{matchLabels: {app: api}}", "{labels: {app: api, tier: ml}}"),
        labelled("{matchExpressions: [{key: app, operator: In, values: [a, b]}]}",
                 "{labels: {app: b}}"),
        workload().replace(SELECTOR, ""),
        workload(kind="Job"),
    ],
)  # fmt: skip
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{labels: {app: web, x: y}}", "{labels: {app: api, x: y, tier: ml}}"),
        ("{annotations: {a: b}}", "{annotations: {a: b}, labels: {app: api, tier: ml}}"),
    ],
)
def test_the_template_gets_the_labels(before: str, after: str) -> None:
    selector = "{matchLabels: {app: api, tier: ml}}"

    assert JUDGE.fixed(labelled(selector, before), unsafe=False) == labelled(selector, after)
