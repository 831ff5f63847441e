"""Defects that were planted in a Dockerfile and a Compose file are all found."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from boxwright.practices.check import check_source
from boxwright.practices.discovery import Kind
from boxwright.project.tree import FolderTree
from boxwright.text.source import Source

CORPUS = Path(__file__).parent.parent / "corpus"
TODAY = date(2026, 12, 1)

# What finds each defect, in the order of the lists, and where that is another line: a secret
# that is removed later is reported at its COPY, and a missing USER at the base that has none.
DOCKERFILE = """
    cuda-devel-at-runtime secret-in-environment source-before-dependencies
    secret-copied-then-deleted secret-copied-then-deleted:8 model-above-code data-in-image
    cuda-wheel-mismatch cuda-twice extra-index-url gpu-queried-at-build unpinned-model-download
    chown-duplicates-layer healthcheck-without-tool jupyter-without-token jupyter-as-root
    missing-user:1
"""
COMPOSE = """
    obsolete-version-field small-shared-memory unlimited-memory moving-tag-in-deployment
    gpu-reservation-incomplete privileged host-namespace literal-secret-in-compose
    literal-secret-in-compose docker-socket-mounted writable-dataset-mount
    gpu-reservation-incomplete port-on-all-interfaces dependency-not-awaited
    service-healthcheck-without-tool
"""


@pytest.mark.parametrize(
    ("folder", "path", "kind", "rules"),
    [
        ("projects/planted", "Dockerfile", Kind.DOCKERFILE, DOCKERFILE),
        ("compose", "planted.yaml", Kind.COMPOSE, COMPOSE),
    ],
    ids=["Dockerfile", "Compose"],
)
def test_every_planted_defect_is_found_by_its_rule_in_its_line(
    folder: str, path: str, kind: Kind, rules: str
) -> None:
    defects = tomllib.loads((CORPUS / folder / "planted.expected.toml").read_text("utf-8"))
    source = Source(path, (CORPUS / folder / path).read_text("utf-8"))
    tree = FolderTree(CORPUS / folder)
    findings = check_source(source, kind, today=TODAY, tree=tree).findings
    found = {(finding.rule, finding.start.line) for finding in findings}

    missed = []
    for defect, entry in zip(defects["defect"], rules.split(), strict=True):
        rule, _, line = entry.partition(":")
        if (rule, int(line or defect["line"])) not in found:
            missed.append(defect["meaning"])
    assert missed == []
