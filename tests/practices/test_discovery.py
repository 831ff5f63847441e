"""Files to check are found by name, and Kubernetes objects by what they say."""

from __future__ import annotations

import pytest

from boxwright.practices.discovery import (
    Kind,
    Notice,
    discover,
    kind_of_content,
    kind_of_name,
    why_not,
)
from boxwright.project.tree import MemoryTree

DEPLOYMENT = b"apiVersion: apps/v1\nkind: Deployment\n"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("Dockerfile", Kind.DOCKERFILE),
        ("dockerfile", Kind.DOCKERFILE),
        ("a/Dockerfile.gpu", Kind.DOCKERFILE),
        ("Dockerfile-dev", Kind.DOCKERFILE),
        ("Dockerfile_base", Kind.DOCKERFILE),
        ("Dockerfile.v1.2", Kind.DOCKERFILE),
        ("api.Dockerfile", Kind.DOCKERFILE),
        ("api.dockerfile", Kind.DOCKERFILE),
        ("Containerfile", Kind.DOCKERFILE),
        ("Containerfile.base", Kind.DOCKERFILE),
        (".dockerignore", Kind.DOCKERIGNORE),
        ("Dockerfile.dockerignore", Kind.DOCKERIGNORE),
        ("compose.yaml", Kind.COMPOSE),
        ("a/compose.override.yml", Kind.COMPOSE),
        ("docker-compose.yml", Kind.COMPOSE),
        ("docker-compose-gpu.yaml", Kind.COMPOSE),
        (".github/workflows/ci.yml", Kind.GITHUB),
        ("a/.github/workflows/ci.yaml", Kind.GITHUB),
        (".gitlab-ci.yml", Kind.GITLAB),
        ("composer.yml", None),
        ("Dockerfiles", None),
        ("Dockerfile.md", None),
        ("Dockerfile.j2", None),
        ("Dockerfile~", None),
        ("mydockerfile", None),
        ("deployment.yaml", None),
        (".github/dependabot.yml", None),
        ("main.py", None),
    ],
)
def test_names_tell_what_files_are(path: str, kind: Kind | None) -> None:
    assert kind_of_name(path) is kind


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xef\xbb\xbf# c\r\n\r\n  from scratch\r\n", Kind.DOCKERFILE),
        (b"ARG A=1\nFROM $A\n", Kind.DOCKERFILE),
        (b"services:\n  a: {}\n", Kind.COMPOSE),
        (b"# Text\n---\n" + DEPLOYMENT, Kind.KUBERNETES),
        (b'"apiVersion": v1\n"kind" : Pod\n', Kind.KUBERNETES),
        (b"on: push\njobs: {}\n", Kind.GITHUB),
        (b"from os import path\n", None),
        (b"import os\n", None),
        (b"spec:\n  apiVersion: a\n  kind: b\n", None),
        (b"", None),
    ],
)
def test_contents_tell_it_too(content: bytes, kind: Kind | None) -> None:
    assert kind_of_content(content) is kind


@pytest.mark.parametrize(
    ("path", "content", "reason"),
    [
        ("a/kustomization.yaml", b"", "is a kustomization: check what `kubectl kustomize` prints"),
        (
            "a.yaml",
            b"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
            "is a kustomization: check what `kubectl kustomize` prints",
        ),
        (
            "a.yaml",
            b"{{- if .Values.x }}\n" + DEPLOYMENT,
            "is a Helm template: check what `helm template` prints",
        ),
        ("a.yaml", DEPLOYMENT + b"x: '{{ message }}'\n", ""),
    ],
)
def test_what_becomes_an_object_only_later_is_told(path: str, content: bytes, reason: str) -> None:
    assert why_not(path, content) == reason


def test_a_tree_is_searched() -> None:
    tree = MemoryTree(
        {
            "Dockerfile": b"FROM a\n",
            "Dockerfile.j2": b"FROM {{ a }}\n",
            "huge.dockerfile": b"FROM a\n",
            "huge.yaml": DEPLOYMENT,
            "chart/templates/d.yaml": DEPLOYMENT + b"a: {{ .Values.a }}\n",
            "k8s/d.yaml": DEPLOYMENT,
            "k8s/values.yaml": b"a: 1\n",
            "out/Dockerfile": b"FROM a\n",
        },
        links={"k8s/Dockerfile": "../Dockerfile", "lost/Dockerfile": "../nothing"},
        sizes={"huge.dockerfile": 20_000_000, "huge.yaml": 20_000_000},
    )

    found = discover(tree, leaves_out=lambda path: path.startswith("out/"))

    assert found.found == (
        ("Dockerfile", Kind.DOCKERFILE),
        ("k8s/d.yaml", Kind.KUBERNETES),
        ("lost/Dockerfile", Kind.DOCKERFILE),
    )
    assert found.notices == (
        Notice("Dockerfile.j2", "is a template: check what is made of it"),
        Notice("chart/templates/d.yaml", "is a Helm template: check what `helm template` prints"),
        Notice("huge.dockerfile", "is larger than 10 MB, which is not read"),
    )


def test_kustomizations_are_found_where_they_are_asked_for() -> None:
    tree = MemoryTree({"a/kustomization.yaml": b"images: []\n", "b.yaml": DEPLOYMENT})

    found = discover(tree, with_kustomizations=True)

    assert found.found == (
        ("a/kustomization.yaml", Kind.KUSTOMIZATION),
        ("b.yaml", Kind.KUBERNETES),
    )
    assert discover(tree).found == (("b.yaml", Kind.KUBERNETES),)
