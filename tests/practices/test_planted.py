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

# The rules that say what is meant, by the meaning in the lists of what was planted.
DOCKERFILE = {
    "the image that ships is a devel image": "cuda-devel-at-runtime",
    "a token in ENV": "secret-in-environment",
    "everything is copied before the packages are installed": "source-before-dependencies",
    "a file with secrets is copied": "secret-copied-then-deleted",
    "the secret is removed in a later layer, where it stays readable": "secret-copied-then-deleted",
    "weights in the image": "model-above-code",
    "a dataset in the image": "data-in-image",
    "wheels for another CUDA than the base's": "cuda-wheel-mismatch",
    "CUDA and cuDNN are in the base and again in the wheels": "cuda-twice",
}


@pytest.mark.parametrize(
    ("folder", "path", "kind", "least"),
    [
        ("projects/planted", "Dockerfile", Kind.DOCKERFILE, 17),
        ("compose", "planted.yaml", Kind.COMPOSE, 15),
    ],
)
def test_every_planted_defect_is_found_in_its_line(
    folder: str, path: str, kind: Kind, least: int
) -> None:
    expected = tomllib.loads((CORPUS / folder / "planted.expected.toml").read_text("utf-8"))
    source = Source(path, (CORPUS / folder / path).read_text("utf-8"))
    tree = FolderTree(CORPUS / folder)
    findings = check_source(source, kind, today=TODAY, tree=tree).findings
    lines = {finding.start.line for finding in findings}
    rules = {finding.rule for finding in findings}

    assert len(expected["defect"]) >= least
    for defect in expected["defect"]:
        rule = DOCKERFILE.get(defect["meaning"]) if path == "Dockerfile" else None
        assert rule in rules if rule is not None else defect["line"] in lines, defect["meaning"]
