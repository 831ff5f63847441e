"""What files name as images, and what is left because nobody can tell which one it is."""

from __future__ import annotations

import pytest

from boxwright.practices.discovery import Kind
from boxwright.ship.mentions import Built, mentions_of
from boxwright.text.source import Source


def said(kind: Kind, text: str) -> tuple[list[str], list[str]]:
    """Return what *text* names, and what of it is left, with the reason."""
    found = mentions_of(Source("file", text), kind)
    return [str(it.name) for it in found.found], [f"{it.text} {it.reason}" for it in found.left]


def pod(image: str) -> str:
    return (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
        f"spec:\n  containers:\n    - name: a\n      image: {image}\n"
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("FROM python:3.13\n", ["python:3.13"]),
        ("FROM --platform=linux/amd64 python:3.13 AS a\nFROM a\n", ["python:3.13"]),
        ("FROM scratch\nCOPY --from=0 / /\n", []),
        ("FROM a:1 AS b\nCOPY --from=b / /\nCOPY --from=c:1 / /\n", ["a:1", "c:1"]),
        ("FROM a:1\nRUN --mount=type=bind,from=b:1,target=/b --mount=from=a:1 c\n", ["a:1", "b:1"]),
        ("# syntax=docker/dockerfile:1\nFROM a:1\n", ["docker/dockerfile:1", "a:1"]),
        ('ARG BASE="python:3.13"\nFROM ${BASE}\nFROM $BASE\n', ["python:3.13"]),
        ("ARG BASE=a:1\nFROM b:1 AS a\nARG BASE\n", ["b:1"]),
        ("FROM a:1 AS two\nCOPY --from=THREE / /\nFROM b:1 AS three\n", ["a:1", "b:1"]),
        pytest.param(
            "FROM a:1\nONBUILD COPY --from=b:1 / /\n", ["a:1"], id="somebody else's build"
        ),
    ],
)
def test_images_of_a_dockerfile(text: str, found: list[str]) -> None:
    # The same image in two mounts of a line is found where it stands first.
    names, left = said(Kind.DOCKERFILE, text)

    assert list(dict.fromkeys(names)) == found
    assert left == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("ARG TAG=3\nFROM python:$TAG\n", ["python:$TAG depends on `TAG`"]),
        ("ARG BASE\nFROM $BASE\n", ["$BASE depends on `BASE`, which has no default"]),
        ("FROM $BASE\n", ["$BASE depends on `BASE`, which has no default"]),
        ("FROM ${BASE:-a:1}\n", ["${BASE:-a:1} depends on `BASE`"]),
        (
            "ARG A=1\nARG BASE=a:$A\nFROM $BASE\n",
            ["$BASE depends on `BASE`, whose default has a variable in it"],
        ),
        ("FROM scratch\nCOPY --from=$X / /\n", ["$X has a variable in it"]),
        ("FROM py\\\nthon:3\n", ["python:3 is not written in one piece"]),
    ],
)
def test_what_a_dockerfile_leaves_open_is_told(text: str, left: list[str]) -> None:
    assert said(Kind.DOCKERFILE, text) == ([], left)


def test_each_place_of_a_mount_is_its_own() -> None:
    text = "FROM scratch\nRUN --mount=from=a:1,target=/a --mount=from=a:1,target=/b c\n"

    found = mentions_of(Source("Dockerfile", text), Kind.DOCKERFILE).found

    assert [text[it.span.start : it.span.end] for it in found] == ["a:1", "a:1"]
    assert found[0].span.end < found[1].span.start


@pytest.mark.parametrize(
    ("image", "found"),
    [
        ("redis:8", ["redis:8"]),
        ("'redis:8'", ["redis:8"]),
        (">-\n      redis:8", ["redis:8"]),
        ("${REDIS:-redis:8}", ["redis:8"]),
        ('"${REDIS-redis:8}"', ["redis:8"]),
        ('"re\\x64is:8"', ["redis:8"]),
    ],
)
def test_images_of_a_compose_file(image: str, found: list[str]) -> None:
    assert said(Kind.COMPOSE, f"services:\n  a:\n    image: {image}\n") == (found, [])


@pytest.mark.parametrize(
    ("image", "left"),
    [
        ("redis:${TAG:-8}", ["redis:${TAG:-8} depends on `TAG`"]),
        ("${REDIS:?}", ["${REDIS:?} depends on `REDIS`"]),
        ("${A:-${B:-redis:8}}", ["${A:-${B:-redis:8}} depends on `A`"]),
        ('"{{ image }}"', ["{{ image }} is filled in by something else"]),
    ],
)
def test_what_a_compose_file_leaves_open_is_told(image: str, left: list[str]) -> None:
    assert said(Kind.COMPOSE, f"services:\n  a:\n    image: {image}\n") == ([], left)


def test_an_anchor_is_one_place() -> None:
    text = "x-a: &a\n  image: &i redis:8\nservices:\n  b: {<<: *a}\n  c: {image: *i}\n  d:\n    <<: *a\n"

    assert said(Kind.COMPOSE, text) == (["redis:8"], [])


def test_builds_of_a_compose_file_are_known_with_what_they_build_from() -> None:
    text = """\
services:
  api:
    image: ghcr.io/team/api:${TAG:-dev}
    build:
      context: .
      additional_contexts:
        base: docker-image://python:3.13
        models: ../models
      dockerfile_inline: |
        FROM base
        COPY --from=busybox:1 / /
        COPY --from=$$X / /
  worker:
    image: redis:8
    volumes:
      - type: image
        source: models:2
        target: /models
"""

    found = mentions_of(Source("compose.yaml", text), Kind.COMPOSE)

    assert found.built == (Built(service="api", image="ghcr.io/team/api:dev"),)
    assert found.contexts == {"base", "models"}
    assert [str(it.name) for it in found.found] == [
        "python:3.13",
        "base",
        "busybox:1",
        "redis:8",
        "models:2",
    ]
    assert all(text[it.span.start : it.span.end] == str(it.name) for it in found.found)
    assert [it.text for it in found.left] == ["ghcr.io/team/api:${TAG:-dev}", "$$X"]


def test_images_of_kubernetes_objects() -> None:
    text = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          initContainers: [{name: b, image: b:1}]
          containers: [{name: c, image: c}]
          volumes: [{name: d, image: {reference: d:1}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: e}
data: {image: "e:1"}
---
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: f}
spec:
  templates:
    - container: {image: f:1}
    - disk: {image: no-reference}
---
apiVersion: v1
kind: List
items:
  - apiVersion: ray.io/v1
    kind: RayCluster
    spec: {headGroupSpec: {template: {spec: {containers: [{name: g, image: g:1}]}}}}
"""

    assert said(Kind.KUBERNETES, text) == (["b:1", "c", "d:1", "f:1", "g:1"], [])


@pytest.mark.parametrize("image", ["$(IMAGE)", "'{{ .Values.image }}'", "<image>", "${IMAGE}:1"])
def test_what_something_else_fills_in_is_left(image: str) -> None:
    shown = image.strip("'")
    assert said(Kind.KUBERNETES, pod(image)) == ([], [f"{shown} is filled in by something else"])


def test_images_of_a_kustomization() -> None:
    text = """\
images:
  - name: api
    newName: ghcr.io/team/api
    newTag: "1.4"
  - name: redis
    digest: sha256:00
  - {name: open, newName: ghcr.io/team/open}
  - name: filled
    newTag: ${TAG}
  - nothing
"""

    assert said(Kind.KUSTOMIZATION, text) == (
        ["ghcr.io/team/api:1.4", "redis@sha256:00", "ghcr.io/team/open"],
        ["filled:${TAG} is filled in by something else"],
    )


@pytest.mark.parametrize("kind", [Kind.COMPOSE, Kind.KUBERNETES, Kind.KUSTOMIZATION])
def test_nothing_is_found_in_what_is_no_yaml(kind: Kind) -> None:
    found = mentions_of(Source("a.yaml", "services:\n  a: {image: b:1\n"), kind)

    assert (found.found, found.problem_at) == ((), 15)
    assert found.problem.startswith("not valid YAML")


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("text", ["", "[", "services: 1", "images: {a: b}", "FROM", "- *a\n", "\0"])
def test_whatever_there_is_can_be_read(kind: Kind, text: str) -> None:
    mentions_of(Source("file", text), kind)
