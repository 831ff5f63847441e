from __future__ import annotations

import pytest
from tests.practices.small_rules import TODAY, selection

from boxwright.practices.check import check_source
from boxwright.practices.discovery import Kind
from boxwright.practices.registry import find_rule
from boxwright.text.source import Source

CHECKED = [kind for kind in Kind if kind.is_yaml and kind is not Kind.KUSTOMIZATION]
"""There are no rules about kustomizations: only `pin` looks for them."""


@pytest.mark.parametrize("kind", CHECKED)
def test_what_is_no_yaml_is_told_in_every_kind_of_file(kind: Kind) -> None:
    result = check_source(
        Source("a.yaml", "a: 1\nb: [\nc: }\n"),
        kind,
        today=TODAY,
        selection=selection(find_rule("invalid-yaml")),
    )

    assert result.failures == ()
    assert [finding.rule for finding in result.findings] == ["invalid-yaml"]
    assert result.findings[0].start.line >= 2
