"""Files with digests: what each place becomes, and that nothing else changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxwright.errors import StoreError
from boxwright.oci.digest import digest_of
from boxwright.practices.check import check_file
from boxwright.practices.discovery import Kind, discover
from boxwright.practices.selection import Selection
from boxwright.practices.workspace import File, Workspace
from boxwright.project.tree import FolderTree
from boxwright.ship.mentions import mentions_of
from boxwright.ship.pin import (
    Choice,
    PinFile,
    Pins,
    Status,
    parse_choice,
    pin,
)
from boxwright.text.source import Source

CORPUS = Path(__file__).parents[1] / "corpus"
ROOTS = [
    *(CORPUS / name for name in ("dockerfile", "compose", "kubernetes", "broken")),
    *sorted(path for path in (CORPUS / "projects").iterdir() if path.is_dir()),
]
ONE, TWO = (f"sha256:{digit * 64}" for digit in "12")
KINDS = {"Dockerfile": Kind.DOCKERFILE, "kustomization.yaml": Kind.KUSTOMIZATION}


def everything(names: Collection[str]) -> tuple[Mapping[str, str], Mapping[str, StoreError]]:
    """Have a digest for each of *names*."""
    return {name: digest_of(name.encode()) for name in names}, {}


def one(names: Collection[str]) -> tuple[Mapping[str, str], Mapping[str, StoreError]]:
    """Have the same digest for all of *names*."""
    return dict.fromkeys(names, ONE), {}


def nothing(names: Collection[str]) -> tuple[Mapping[str, str], Mapping[str, StoreError]]:
    return {}, {name: StoreError(f"`{name}` is not there", hint="look again") for name in names}


def kind_of(path: str) -> Kind:
    name = path.rpartition("/")[2]
    return KINDS.get(name) or (Kind.COMPOSE if "compose" in name else Kind.KUBERNETES)


def pinned(files: Mapping[str, str], *choices: str, update: bool = False, resolve=one) -> Pins:
    return pin(
        [PinFile(path, kind_of(path), text) for path, text in files.items()],
        resolve,
        update=update,
        choices=[parse_choice(choice) for choice in choices],
    )


def after(path: str, text: str, *choices: str, update: bool = False) -> str:
    return pinned({path: text}, *choices, update=update).files[0].after


def told(pins: Pins) -> list[tuple[str, str]]:
    """Return what is left or failed, and why."""
    return [
        (outcome.before, outcome.reason)
        for file in pins.files
        for outcome in file.outcomes
        if outcome.status in (Status.LEFT, Status.FAILED)
    ]


@pytest.mark.parametrize(
    ("path", "before", "expected"),
    [
        ("Dockerfile", "FROM python:3.13 AS a\r\nFROM a", f"FROM python:3.13@{ONE} AS a\r\nFROM a"),
        pytest.param(
            "Dockerfile",
            "FROM python\n",
            f"FROM python:latest@{ONE}\n",
            id="what it means is written down, to be looked up again",
        ),
        (
            "Dockerfile",
            'ARG BASE="a:1" # no\nFROM $BASE\nCOPY --from="b:1" /b /\n',
            f'ARG BASE="a:1@{ONE}" # no\nFROM $BASE\nCOPY --from="b:1@{ONE}" /b /\n',
        ),
        (
            "compose.yaml",
            "\ufeffservices: {a: {image: 'r:1'}} # why",
            f"\ufeffservices: {{a: {{image: 'r:1@{ONE}'}}}} # why",
        ),
        (
            "compose.yaml",
            "services:\n  a:\n    image: &i !!str r:1 # it\n  b: {image: *i}\n",
            f"services:\n  a:\n    image: &i !!str r:1@{ONE} # it\n  b: {{image: *i}}\n",
        ),
        (
            "compose.yaml",
            "services:\n  a:\n    image: >-\n      r:1\n    init: true\n",
            f"services:\n  a:\n    image: >-\n      r:1@{ONE}\n    init: true\n",
        ),
        pytest.param(
            "compose.yaml",
            'services:\n  a:\n    image: "\\x72:1"\n',
            f"services:\n  a:\n    image: r:1@{ONE}\n",
            id="escapes are written anew",
        ),
        (
            "compose.yaml",
            "services:\n  a:\n    image: ${R:-r:1}\n",
            f"services:\n  a:\n    image: ${{R:-r:1@{ONE}}}\n",
        ),
        (
            "kustomization.yaml",
            'images:\n- name: a # x\n  newTag: "1" # y\n- {name: b, newTag: c}\n',
            (
                f'images:\n- name: a # x\n  newTag: "1" # y\n  digest: {ONE}\n'
                f'- {{name: b, newTag: c, digest: "{ONE}"}}\n'
            ),
        ),
    ],
)
def test_a_digest_is_put_in_and_nothing_else_changes(path: str, before: str, expected: str) -> None:
    assert after(path, before) == expected


def test_what_has_a_digest_keeps_it() -> None:
    text = f"FROM a:1@{TWO}\nFROM b@{TWO}\n"

    assert after("Dockerfile", text) == text


def test_update_looks_tags_up_again() -> None:
    text = f"FROM a:1@{TWO}\nFROM b@{TWO}\nFROM c:1@{ONE}\n"

    pins = pinned({"Dockerfile": text}, update=True)

    assert pins.files[0].after == f"FROM a:1@{ONE}\nFROM b@{TWO}\nFROM c:1@{ONE}\n"
    assert [(it.status.value, it.before, it.after) for it in pins.files[0].outcomes] == [
        ("pinned", f"a:1@{TWO}", f"a:1@{ONE}"),
        ("kept", f"b@{TWO}", ""),
        ("kept", f"c:1@{ONE}", ""),
    ]


def test_update_of_a_kustomization_replaces_its_digest() -> None:
    text = f"images:\n  - name: a\n    newTag: '1'\n    digest: {TWO}\n"

    assert after("kustomization.yaml", text, update=True) == text.replace(TWO, ONE)


def test_each_image_is_looked_up_once_and_all_together() -> None:
    asked: list[Collection[str]] = []

    def resolve(names: Collection[str]) -> tuple[Mapping[str, str], Mapping[str, StoreError]]:
        asked.append(names)
        return one(names)

    pinned({"a/Dockerfile": "FROM a:1\nFROM a:1\n", "Dockerfile": "FROM a:1\n"}, resolve=resolve)

    assert asked == [("a:1",)]


def test_without_a_registry_it_shows_what_has_no_digest() -> None:
    pins = pinned({"Dockerfile": f"FROM a:1\nFROM a@{ONE}\n"}, resolve=None)

    assert [outcome.status.value for outcome in pins.files[0].outcomes] == ["open", "kept"]
    assert pins.files[0].after == pins.files[0].before


def test_what_the_registry_does_not_give_is_told_and_the_rest_is_done() -> None:
    def resolve(names: Collection[str]) -> tuple[Mapping[str, str], Mapping[str, StoreError]]:
        return {"a:1": ONE}, nothing(["b:1"])[1]

    pins = pinned({"Dockerfile": "FROM a:1\nFROM b:1\n"}, resolve=resolve)

    assert pins.files[0].after == f"FROM a:1@{ONE}\nFROM b:1\n"
    (outcome,) = (it for it in pins.files[0].outcomes if it.status is Status.FAILED)
    assert (outcome.position.line, outcome.reason, outcome.hint) == (
        2,
        "`b:1` is not there",
        "look again",
    )


def test_what_is_no_reference_is_left() -> None:
    text = "services:\n  a: {image: 'A:b:c'}\n"

    assert told(pinned({"compose.yaml": text})) == [("A:b:c", "is no image reference")]


def test_a_file_that_is_no_yaml_is_an_error_and_stays() -> None:
    pins = pinned({"compose.yaml": "services:\n  a: {image: b:1\n"})

    (outcome,) = pins.files[0].outcomes
    assert (outcome.status, outcome.position.line) == (Status.FAILED, 2)
    assert pins.files[0].after == pins.files[0].before


BUILT = "services:\n  api:\n    build: .\n    image: ghcr.io/team/api:1\n"


def test_an_image_that_its_service_builds_is_left() -> None:
    # BuildKit: refusing to create a tag with a digest reference.
    text = BUILT + "  worker: {image: ghcr.io/team/api:1}\n  other: {image: ghcr.io/team/api:2}\n"

    pins = pinned({"compose.yaml": text})

    assert pins.files[0].after == text.replace("api:2", f"api:2@{ONE}")
    assert told(pins) == [
        (
            "ghcr.io/team/api:1",
            "is what its service is built as, and a build refuses a name with a digest",
        ),
        ("ghcr.io/team/api:1", "is built here, for another service"),
    ]


def test_an_override_builds_the_services_of_its_file_and_of_no_other() -> None:
    image = "services:\n  api: {image: ghcr.io/team/api:2}\n"
    files = {
        "compose.override.yaml": "services:\n  api: {build: .}\n",
        "compose.yaml": image,
        "compose.production.yaml": image,
    }

    pins = pinned(files)

    assert [file.after != file.before for file in pins.files] == [False, False, True]


def test_a_built_image_is_pinned_where_it_is_deployed_if_the_registry_has_it() -> None:
    files = {"compose.yaml": BUILT, "pod.yaml": pod("ghcr.io/team/api:1")}

    there, missing = pinned(files), pinned(files, resolve=nothing)

    assert there.files[1].after == pod(f"ghcr.io/team/api:1@{ONE}")
    assert [outcome.status for file in missing.files for outcome in file.outcomes] == [
        Status.LEFT,
        Status.LEFT,
    ]
    assert told(missing)[1][1] == "is built here, and `ghcr.io/team/api:1` is not there"


def test_a_built_image_without_a_registry_is_nobody_elses_of_that_name() -> None:
    files = {
        "compose.yaml": "services:\n  redis: {build: ., image: 'redis:${TAG:-local}'}\n",
        "pod.yaml": pod("redis:1"),
        "kustomization.yaml": "images:\n  - name: redis\n    newTag: '1'\n",
    }

    pins = pinned(files)

    assert [file.after for file in pins.files] == list(files.values())
    assert told(pins)[1:] == 2 * [("redis:1", "is built here, and its name has no registry")]


def test_what_a_kustomization_renames_is_pinned_there() -> None:
    files = {
        "base/pod.yaml": pod("api"),
        "kustomization.yaml": "images:\n  - name: api\n    newName: g.io/api\n    newTag: '1'\n",
    }

    pins = pinned(files)

    assert [file.after for file in pins.files] == [
        files["base/pod.yaml"],
        files["kustomization.yaml"] + f"    digest: {ONE}\n",
    ]
    assert told(pins) == [("api", "is replaced by another in `kustomization.yaml`")]


def test_an_entry_without_a_tag_is_left() -> None:
    text = "images:\n  - name: api\n    newName: g.io/api\n"

    assert told(pinned({"kustomization.yaml": text})) == [
        ("g.io/api", "gets its tag from what it replaces")
    ]


def test_a_build_context_is_no_image() -> None:
    files = {
        "Dockerfile": "FROM base\nCOPY --from=models / /\n",
        "compose.yaml": "services:\n  a: {build: {additional_contexts: {base: b, models: m}}}\n",
    }

    pins = pinned(files)

    assert told(pins) == [
        ("base", "is the name of a build context"),
        ("models", "is the name of a build context"),
    ]


def pod(image: str) -> str:
    return (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n"
        f"  containers:\n    - name: a\n      image: {image}\n"
    )


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (f"ghcr.io/team/api={TWO}", f"ghcr.io/team/api@{TWO}"),
        (f"ghcr.io/team/api@{TWO}", f"ghcr.io/team/api@{TWO}"),
        (f"ghcr.io/team/api:2@{TWO}", f"ghcr.io/team/api:2@{TWO}"),
        (f"ghcr.io/team/api:2={TWO}", f"ghcr.io/team/api:2@{TWO}"),
        ("ghcr.io/team/api:2", f"ghcr.io/team/api:2@{ONE}"),
        (f"ghcr.io/team/api=g.io/api@{TWO}", f"g.io/api@{TWO}"),
        ("ghcr.io/team/api=g.io/api:2", f"g.io/api:2@{ONE}"),
    ],
)
@pytest.mark.parametrize("before", ["", ":1", f"@{ONE}", f":1@{ONE}"])
def test_an_image_is_set_as_asked_and_all_else_stays(
    before: str, choice: str, expected: str
) -> None:
    files = {"a.yaml": pod(f"ghcr.io/team/api{before}"), "b.yaml": pod("redis:8")}

    pins = pinned(files, choice)

    assert [file.after for file in pins.files] == [pod(expected), pod("redis:8")]
    assert pins.unused == ()


@pytest.mark.parametrize(
    ("before", "choice", "expected"),
    [
        ("newTag: '1' # now", f"api={TWO}", f"digest: {TWO} # now"),
        ("newTag: '1'", f"api:2.0@{TWO}", f'newTag: "2.0"\n    digest: {TWO}'),
        (f"newTag: '1'\n    digest: {ONE}", f"api={TWO}", f"digest: {TWO}"),
        (f"digest: {ONE}\n    newTag: '1'", f"api={TWO}", f"digest: {TWO}"),
        (f"digest: {ONE}", f"api:2.0@{TWO}", f'digest: {TWO}\n    newTag: "2.0"'),
        ("newTag: '1'", f"api=g.io/a@{TWO}", f"digest: {TWO}\n    newName: g.io/a"),
        ("newName: g.io/a", f"api={TWO}", f"newName: g.io/a\n    digest: {TWO}"),
        ("newName: g.io/a", f"g.io/a={TWO}", f"newName: g.io/a\n    digest: {TWO}"),
        ("newName: g.io/a", f"api=b@{TWO}", f"newName: b\n    digest: {TWO}"),
    ],
)
def test_an_image_is_set_in_a_kustomization(before: str, choice: str, expected: str) -> None:
    text = "images:\n  - name: api\n    {}\nnamespace: a\n"

    changed = after("kustomization.yaml", text.format(before), choice)

    assert changed == text.format(expected)


def test_an_image_that_a_kustomization_renames_is_set_there_alone() -> None:
    files = {
        "pod.yaml": pod("api:0.0.0"),
        "kustomization.yaml": "images:\n  - name: api\n    newName: g.io/api\n    newTag: '1'\n",
    }

    pins = pinned(files, f"api=g.io/api:2@{TWO}")

    assert [file.after for file in pins.files] == [
        files["pod.yaml"],
        f'images:\n  - name: api\n    newName: g.io/api\n    newTag: "2"\n    digest: {TWO}\n',
    ]


def test_the_last_of_two_choices_counts() -> None:
    assert after("Dockerfile", "FROM a:1\n", f"a={ONE}", f"a={TWO}") == f"FROM a@{TWO}\n"


@pytest.mark.parametrize("image", ["redis", "docker.io/redis", "docker.io/library/redis:8"])
def test_an_image_is_known_by_what_its_name_means(image: str) -> None:
    assert after("pod.yaml", pod(image), f"library/redis:9@{TWO}") == pod(
        f"{image.removesuffix(':8')}:9@{TWO}"
    )


def test_an_image_that_is_set_nowhere_is_told() -> None:
    files = {"compose.yaml": BUILT + "  b: {image: 'ghcr.io/team/b:${TAG}'}\n  c: {image: 'c:1'}\n"}

    pins = pinned(files, f"ghcr.io/team/api={ONE}", f"ghcr.io/team/b={ONE}", f"d={ONE}")

    assert pins.unused == ("ghcr.io/team/api", "ghcr.io/team/b", "d")
    assert [text for text, _ in told(pins)] == ["ghcr.io/team/api:1", "ghcr.io/team/b:${TAG}"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("api", "`api` says neither tag nor digest"),
        ("api=g.io/api", "`api=g.io/api` says neither tag nor digest"),
        ("api=", "`` is no image reference"),
        ("api=sha256:1", "its digest `sha256:1` is not allowed"),
        ("API=sha256:" + 64 * "1", "its name `API` is not allowed"),
        (f"a@{ONE}={TWO}", "is no image reference"),
    ],
)
def test_a_choice_that_is_none_is_refused(text: str, message: str) -> None:
    with pytest.raises(StoreError) as caught:
        parse_choice(text)

    assert message in caught.value.message
    assert caught.value.hint


def test_a_choice_knows_its_image() -> None:
    assert parse_choice(f"api:1={ONE}") == Choice(
        ("docker.io", "library/api"), "api", parse_choice(f"api:1@{ONE}").new
    )


@pytest.mark.parametrize("root", ROOTS, ids=lambda root: root.name)
def test_the_corpus_gets_digests_and_nothing_else_and_twice_is_once(root: Path) -> None:
    tree = FolderTree(root, enter_all=True)
    found = discover(tree, with_kustomizations=True).found
    read = [File.of(each.path, each.path, each.kind, tree.read(each.path)) for each in found]
    files = [PinFile(each.path, each.kind, each.text) for each in read]

    first = pin(files, everything)

    for file, result in zip(files, first.files, strict=True):
        changes = [it for it in result.outcomes if it.status is Status.PINNED]
        if file.kind is not Kind.KUSTOMIZATION:
            assert without(result.after, [(it.before, it.after) for it in changes]) == file.text
        again = mentions_of(Source(file.path, result.after), file.kind)
        names = [it.after or it.before for it in result.outcomes]
        assert {str(it.name) for it in again.found} <= set(names)
    pinned_files = [
        each._replace(text=it.after) for each, it in zip(files, first.files, strict=True)
    ]
    second = pin(pinned_files, everything)
    assert [it.after for it in second.files] == [it.after for it in first.files]
    assert Status.PINNED not in {it.status for file in second.files for it in file.outcomes}


def without(text: str, changes: list[tuple[str, str]]) -> str:
    """Return *text* with each of *changes* taken back where it comes first."""
    parts, at = [], 0
    for before, now in changes:
        start = text.index(now, at)
        parts += [text[at:start], before]
        at = start + len(now)
    return "".join([*parts, text[at:]])


@pytest.mark.parametrize("root", ROOTS, ids=lambda root: root.name)
def test_no_rule_about_moving_tags_finds_anything_in_what_is_pinned(root: Path) -> None:
    names = ["moving-base-tag", "moving-tag-in-deployment", "undigested-base", "undigested-image"]
    tree = FolderTree(root, enter_all=True)
    found = discover(tree).found
    read = [File.of(each.path, each.path, each.kind, tree.read(each.path)) for each in found]
    result = pin([PinFile(each.path, each.kind, each.text) for each in read], everything)
    files = [each._replace(text=now.after) for each, now in zip(read, result.files, strict=True)]
    workspace = Workspace(tree, files, today=date(2026, 12, 1))
    selection = Selection(select=names)

    for file, now in zip(files, result.files, strict=True):
        findings = check_file(workspace, file.path, selection).findings
        lines = {finding.start.line for finding in findings if finding.rule in names}
        open_lines = {it.position.line for it in now.outcomes if it.status is not Status.PINNED}
        assert lines <= open_lines, file.path


NAMES = st.sampled_from(
    ["a", "b:1", "g.io/a:2", f"c@{TWO}", f"d:1@{TWO}", "scratch", "$A", "${B:-e:1}"]
)
STYLES = st.sampled_from(["{}", "'{}'", '"{}"', ">-\n      {}", "&x {}"])
LINES = st.sampled_from(
    ["    init: true # {}", "    labels: {{a: 'b:1'}}", "    command: [a, b:1]"]
)


@given(st.lists(st.tuples(NAMES, STYLES, LINES), min_size=1, max_size=5), st.sampled_from("\n\r"))
def test_a_compose_file_is_pinned_once_and_reads_as_before(
    services: list[tuple[str, str, str]], ending: str
) -> None:
    lines = ["services:"]
    for number, (name, style, line) in enumerate(services):
        lines += [f"  s{number}:", f"    image: {style.format(name)}", line.format("c")]
    text = "\n".join([*lines, ""]).replace("\n", "\r\n" if ending == "\r" else "\n")
    file = PinFile("compose.yaml", Kind.COMPOSE, text)

    first = pin([file], everything).files[0]
    second = pin([file._replace(text=first.after)], everything).files[0]

    changes = [it for it in first.outcomes if it.status is Status.PINNED]
    assert without(first.after, [(it.before, it.after) for it in changes]) == text
    assert second.after == first.after
