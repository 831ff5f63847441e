"""Files that are checked together know of each other."""

from __future__ import annotations

from tests.practices.small_rules import TODAY

from boxwright.practices.compose_file import ComposeFile
from boxwright.practices.discovery import discover
from boxwright.practices.kubernetes_file import KubernetesFile
from boxwright.practices.subjects import Build, IgnoreFile
from boxwright.practices.workspace import File, Workspace
from boxwright.project.tree import MemoryTree

FILES = {
    "deploy/compose.yaml": b"""\
services:
  api:
    image: example/api:1
    build: {context: .., dockerfile: docker/Dockerfile, target: run, args: {PYTHON: "3.12"}}
  worker:
    build: ../worker
  remote:
    build: https://example.com/x.git
  outside:
    build: ../../x
  lost:
    build: nothing
  inline:
    build: {context: ., dockerfile_inline: "FROM scratch\\n"}
  db:
    image: postgres:17
""",
    "docker/Dockerfile": b"ARG PYTHON\nFROM python:${PYTHON} AS run\nFROM run AS test\n",
    "worker/Dockerfile": b"FROM scratch\nCOPY a.py /\n",
    "worker/Dockerfile.dockerignore": b"*.log\n",
    "worker/a.py": b"",
    "k8s/api.yaml": b"""\
apiVersion: v1
kind: Pod
metadata: {name: api}
spec: {containers: [{name: api, image: "example/api:1"}]}
""",
    "k8s/service.yaml": b"apiVersion: v1\nkind: Service\nmetadata: {name: api}\n",
}


def workspace() -> Workspace:
    tree = MemoryTree(FILES)
    files = [File.of(path, path, kind, tree.read(path)) for path, kind in discover(tree).found]
    return Workspace(tree, files, today=TODAY)


def test_a_compose_file_knows_what_its_services_are_built_from() -> None:
    compose = workspace().subject("deploy/compose.yaml")

    assert isinstance(compose, ComposeFile)
    assert {
        name: build and (build.path, build.target, dict(build.arguments))
        for name, build in compose.builds.items()
    } == {
        "api": ("docker/Dockerfile", "run", {"PYTHON": "3.12"}),
        "worker": ("worker/Dockerfile", "", {}),
        "remote": None,
        "outside": None,
        "lost": None,
        "inline": ("deploy/compose.yaml", "", {}),
    }


def test_the_context_of_a_dockerfile_is_what_a_compose_file_says() -> None:
    build = workspace().subject("docker/Dockerfile")

    assert isinstance(build, Build)
    assert build.context is not None
    assert build.context.all_paths() == tuple(sorted(FILES))


def test_an_ignore_file_knows_the_context_that_it_is_for() -> None:
    ignore = workspace().subject("worker/Dockerfile.dockerignore")

    assert isinstance(ignore, IgnoreFile)
    assert ignore.context is not None
    assert ignore.context.ignore_path == "Dockerfile.dockerignore"
    assert ignore.context.all_paths() == ("Dockerfile", "Dockerfile.dockerignore", "a.py")


def test_kubernetes_objects_know_each_other_and_what_images_are_built_from() -> None:
    objects = workspace().subject("k8s/api.yaml")

    assert isinstance(objects, KubernetesFile)
    assert sorted(each.kind for each in objects.all_objects) == ["Pod", "Service"]
    (build,) = objects.builds.values()
    assert build is not None
    assert build.path == "docker/Dockerfile"


def test_a_changed_text_is_seen_by_all_and_the_rest_is_kept() -> None:
    before = workspace()
    untouched = before.dockerfile("worker/Dockerfile")

    after = before.changed({"docker/Dockerfile": "FROM scratch\n", "worker/b.py": "1"})

    assert after.dockerfile("worker/Dockerfile") is untouched
    assert after.source("docker/Dockerfile").text == "FROM scratch\n"
    build = after.subject("worker/Dockerfile")
    assert isinstance(build, Build)
    assert build.context is not None
    assert build.context.read_text("b.py") == "1"
    assert (after.has("worker/b.py"), before.has("worker/b.py")) == (True, False)
