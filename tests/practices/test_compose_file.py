"""Compose files as rules see them."""

from __future__ import annotations

from boxwright.practices.compose_file import ComposeFile
from boxwright.project.tree import MemoryTree
from boxwright.text.source import Source


def file(text: str, **files: str) -> ComposeFile:
    tree = MemoryTree({name.replace("__", "."): text.encode() for name, text in files.items()})
    return ComposeFile.of("stack/compose.yaml", Source("stack/compose.yaml", text), tree=tree)


def test_services_need_each_other_in_many_ways() -> None:
    found = file(
        "services:\n"
        "  a: {depends_on: [b], links: ['c:alias'], network_mode: 'service:d'}\n"
        "  b: {volumes_from: ['c:ro', 'container:x'], depends_on: [b2]}\n"
        "  c: {}\n"
        "  d:\n"
    )

    assert found.dependencies == {"a": ("b", "c", "d"), "b": ("b2", "c"), "c": (), "d": ()}
    assert found.dependents == {"b": ("a",), "c": ("a", "b"), "d": ("a",), "b2": ("b",)}
    assert found.cycles == ()


def test_cycles_are_found_and_what_lies_between_them_is_not() -> None:
    found = file(
        "services:\n"
        "  a: {depends_on: [b]}\n"
        "  b: {depends_on: [a, between]}\n"
        "  between: {depends_on: [c]}\n"
        "  c: {depends_on: [d]}\n"
        "  d: {depends_on: [e]}\n"
        "  e: {depends_on: [c, leaf]}\n"
        "  leaf: {}\n"
        "  self: {depends_on: [self]}\n"
    )

    assert sorted(found.cycles) == [("a", "b"), ("c", "d", "e"), ("self",)]


def test_a_long_chain_needs_no_deep_stack() -> None:
    lines = "".join(f"  s{n}: {{depends_on: [s{n + 1}]}}\n" for n in range(3000))

    assert file(f"services:\n{lines}  s3000: {{depends_on: [s0]}}\n").cycles[0][:2] == ("s0", "s1")


def test_services_are_found_by_what_they_build_and_mount() -> None:
    found = file(
        "services:\n"
        "  api: {build: ., volumes: ['models:/m', './x:/x']}\n"
        "  worker: {build: {context: ., dockerfile: ./Dockerfile}, volumes: ['models:/m']}\n"
        "  db: {image: postgres}\n"
    )

    def names(by: dict[str, tuple[object, ...]]) -> dict[str, list[str]]:
        return {key: [it.name for it in services] for key, services in by.items()}  # type: ignore[attr-defined]

    assert names({**found.services_by_dockerfile}) == {"Dockerfile": ["api", "worker"]}
    assert names({**found.services_by_volume}) == {"models": ["api", "worker"]}
    service = found.service("api")
    assert service is not None
    assert found.build(service) is None


def test_the_environment_comes_from_files_and_the_service() -> None:
    found = file(
        "services:\n"
        "  api:\n"
        "    image: app:${TAG}\n"
        "    env_file: [a__env, b__env, missing.env]\n"
        "    environment: {A: own, HOSTS: , TAG: , U: '${UNKNOWN}'}\n".replace("__", "."),
        __env="TAG=7\n",
        a__env="A=file\nB=1\nC=${TAG}\n",
        b__env="B=2\n",
    )
    service = found.services[0]

    assert service.image == "app:7"
    assert found.environment(service) == {
        "A": "own", "B": "2", "C": "7", "HOSTS": None, "TAG": "7", "U": None,
    }  # fmt: skip


def test_services_of_other_files_are_read_from_the_tree() -> None:
    found = file(
        "services:\n  api: {extends: {file: base.yaml, service: base}}\n",
        base__yaml="services:\n  base: {image: x}\n",
    )

    assert found.services[0].image == "x"


def test_without_a_tree_there_is_only_the_file() -> None:
    source = Source("compose.yaml", "services:\n  api: {image: 'x:${T}', env_file: a.env}\n")

    found = ComposeFile.of("compose.yaml", source)

    assert found.services[0].image is None
    assert found.environment(found.services[0]) == {}
