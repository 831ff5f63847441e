"""`boxwright pin` finds files, looks tags up, writes digests, and says what it did."""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Command
from tests.conftest import MakeImage, Run
from tests.store.registries import Served, serving

from boxwright.oci.digest import digest_of
from boxwright.progress import Silent
from boxwright.store import layout

FIRST, SECOND = (b'{"schemaVersion": 2, "manifests": [' + end for end in (b"]}", b"] }"))
ONE = digest_of(FIRST)
TWO = digest_of(SECOND)


@pytest.fixture
def registry_here() -> Iterator[Served]:
    """A registry that has `1.4`, and nothing else."""
    with serving() as served:
        served.manifests["1.4"] = FIRST
        yield served


@pytest.fixture
def api(registry_here: Served) -> str:
    return f"{registry_here.host}/team/api"


def write(**files: str) -> None:
    """Write *files* into the current folder; `_` in a name is its dot."""
    for name, text in files.items():
        path = Path(name.replace("_", "."))
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())


def compose(image: str) -> str:
    return f"services:\n  api:\n    image: {image}\n"


def test_files_are_found_and_written(command: Command, api: str) -> None:
    Path("deploy").mkdir()
    kustomization = f"images:\n  - name: api\n    newName: {api}\n    newTag: '1.4'\n"
    Path("deploy/kustomization.yaml").write_text(kustomization)
    write(Dockerfile=f"FROM {api}:1.4\r\n", compose_yaml=compose(f"{api}:1.4 # ours"))

    result = command("pin")

    short = f"{ONE[:19]}…"
    places = ("Dockerfile:1", "compose.yaml:3", "deploy/kustomization.yaml:2")
    lines = "".join(f"{place}: `{api}:1.4` is {short}\n" for place in places)
    assert result == (0, lines, "images: 3 pinned in 3 files\n")
    assert Path("Dockerfile").read_bytes() == f"FROM {api}:1.4@{ONE}\r\n".encode()
    assert Path("compose.yaml").read_text() == compose(f"{api}:1.4@{ONE} # ours")
    assert Path("deploy/kustomization.yaml").read_text() == f"{kustomization}    digest: {ONE}\n"
    assert command("pin") == (0, "", "images: 3 pinned already\n")


def test_only_the_paths_that_are_named_change(command: Command, api: str) -> None:
    write(Dockerfile=f"FROM {api}:1.4\n", compose_yaml=compose(f"{api}:1.4"))

    command("pin", "compose.yaml")

    assert Path("Dockerfile").read_text() == f"FROM {api}:1.4\n"
    assert Path("compose.yaml").read_text() == compose(f"{api}:1.4@{ONE}")


def test_a_tag_that_moved_is_told_with_both_digests(
    command: Command, registry_here: Served, api: str
) -> None:
    write(compose_yaml=compose(f"{api}:1.4@{ONE}"))
    registry_here.manifests["1.4"] = SECOND
    assert command("pin").err == "images: 1 pinned already\n"

    checked = command("pin", "--update", "--check")
    updated = command("pin", "--update")

    assert checked.status == 1
    assert updated.status == 0
    assert updated.out == (f"compose.yaml:3: `{api}:1.4` moves from {ONE[:19]}… to {TWO[:19]}…\n")
    assert Path("compose.yaml").read_text() == compose(f"{api}:1.4@{TWO}")
    assert command("pin", "--update", "--check").status == 0


def test_check_needs_no_registry_and_writes_nothing(
    command: Command, registry_here: Served, api: str
) -> None:
    write(compose_yaml=compose(f"{api}:1.4"))

    result = command("pin", "--check")

    assert result == (
        1,
        f"compose.yaml:3: `{api}:1.4` has no digest\n",
        "images: 1 without a digest\n",
    )
    assert registry_here.asked == []
    assert Path("compose.yaml").read_text() == compose(f"{api}:1.4")


def test_diff_shows_and_writes_nothing(command: Command, api: str) -> None:
    write(compose_yaml=compose(f"{api}:1.4"))

    result = command("pin", "--diff")

    assert (result.status, result.err) == (0, "images: 1 would be pinned in 1 file\n")
    assert result.out == (
        "--- a/compose.yaml\n+++ b/compose.yaml\n@@ -1,3 +1,3 @@\n services:\n   api:\n"
        f"-    image: {api}:1.4\n+    image: {api}:1.4@{ONE}\n"
    )
    assert Path("compose.yaml").read_text() == compose(f"{api}:1.4")
    document = json.loads(command("pin", "--diff", "--format", "json").out)
    assert document["images"][0]["after"] == f"{api}:1.4@{ONE}"


def test_json_tells_every_place(command: Command, api: str) -> None:
    write(Dockerfile=f"FROM {api}:1.4\nFROM a:$B\n")

    result = command("pin", "--format", "json", "--quiet")

    assert json.loads(result.out) == {
        "version": 1,
        "images": [
            {
                "path": "Dockerfile",
                "line": 1,
                "column": 6,
                "status": "pinned",
                "before": f"{api}:1.4",
                "after": f"{api}:1.4@{ONE}",
                "reason": "",
                "hint": "",
            },
            {
                "path": "Dockerfile",
                "line": 2,
                "column": 6,
                "status": "left",
                "before": "a:$B",
                "after": "a:$B",
                "reason": "depends on `B`",
                "hint": "",
            },
        ],
    }
    assert result.err == ""


def test_what_is_not_there_is_told_once_with_its_places_and_the_rest_is_written(
    command: Command, api: str
) -> None:
    write(
        Dockerfile=f"FROM {api}:2\nFROM {api}:1.4\n",
        compose_yaml=compose(f"{api}:2"),
        compose_broken_yaml="services:\n  a: [\n",
    )

    result = command("pin")

    assert result.status == 2
    assert f"error: Dockerfile:1, compose.yaml:3: `{api}:2` is not in the registry\n" in result.err
    assert "hint: check its name and tag\n" in result.err
    assert "error: compose.broken.yaml:3: not valid YAML" in result.err
    assert result.err.endswith("images: 1 pinned in 1 file, 3 not pinned for an error\n")
    assert Path("Dockerfile").read_text() == f"FROM {api}:2\nFROM {api}:1.4@{ONE}\n"


def test_an_image_is_set_by_what_push_prints_without_a_registry(command: Command) -> None:
    write(compose_yaml=compose("ghcr.io/team/api:1.4 # ours\n  db: {image: 'redis:8'}"))

    result = command("pin", "--image", f"ghcr.io/team/api@{TWO}")

    assert result == (
        0,
        f"compose.yaml:3: `ghcr.io/team/api:1.4` becomes `ghcr.io/team/api` {TWO[:19]}…\n",
        "images: 1 pinned in 1 file\n",
    )
    assert Path("compose.yaml").read_text() == compose(
        f"ghcr.io/team/api@{TWO} # ours\n  db: {{image: 'redis:8'}}"
    )
    assert command("pin", "--check", "--image", f"ghcr.io/team/api={TWO}").status == 0
    assert command("pin", "--check", "--image", f"ghcr.io/team/api={ONE}").status == 1


def test_an_image_is_set_to_a_tag_that_is_looked_up(command: Command, api: str) -> None:
    write(compose_yaml=compose(f"{api}:1.3@{TWO}"))

    assert command("pin", "--image", f"{api}:1.4").status == 0

    assert Path("compose.yaml").read_text() == compose(f"{api}:1.4@{ONE}")


def test_an_image_that_no_file_names_is_an_error(command: Command) -> None:
    write(compose_yaml=compose("redis:8"))

    result = command("pin", "--image", f"ghcr.io/team/ap={ONE}")

    assert (result.status, result.out) == (2, "")
    assert "error: `ghcr.io/team/ap` is set nowhere\n" in result.err


def test_an_image_of_wrong_form_is_told_before_anything_is_done(command: Command) -> None:
    result = command("pin", "--image", "api=sha256:12")

    assert result.status == 2
    assert result.err.startswith("error: `api@sha256:12` is no image reference: its digest")


def test_objects_go_from_standard_input_to_standard_output(command: Command, api: str) -> None:
    text = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
        f"spec: {{containers: [{{name: a, image: '{api}:1.4'}}]}}\n"
    )

    result = command("pin", "-", stdin=text.encode())

    assert result == (
        0,
        text.replace("1.4", f"1.4@{ONE}"),
        f"stdin:4: `{api}:1.4` is {ONE[:19]}…\nimages: 1 pinned in 1 file\n",
    )


def test_paths_that_are_none_are_told(command: Command) -> None:
    write(notes_txt="")

    result = command("pin", "missing", "notes.txt", "redis:8")

    assert result.status == 2
    assert "error: `missing` does not exist" in result.err
    assert "error: `notes.txt` is nothing that is known to be checked\n" in result.err
    assert "error: `redis:8` is no file\nhint: name the files that it stands in" in result.err


def test_a_file_that_is_no_text_stays_as_it_is(command: Command, api: str) -> None:
    content = f"FROM {api}:1.4\n# ".encode() + b"\xff\n"
    Path("Dockerfile").write_bytes(content)

    result = command("pin")

    assert (result.status, Path("Dockerfile").read_bytes()) == (2, content)
    assert "error: `Dockerfile`: the byte 0xFF is not UTF-8" in result.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_may_not_be_written_is_told(command: Command, api: str) -> None:
    write(Dockerfile=f"FROM {api}:1.4\n")
    Path("Dockerfile").chmod(0o444)

    result = command("pin")

    assert result.status == 2
    assert "error: `Dockerfile` is not written: it may not be written\n" in result.err


def test_a_link_keeps_leading_to_its_file_and_modes_stay(command: Command, api: str) -> None:
    write(real_Dockerfile=f"FROM {api}:1.4\n")
    Path("real.Dockerfile").chmod(0o600)
    Path("Dockerfile").symlink_to("real.Dockerfile")

    assert command("pin", "Dockerfile").status == 0

    assert Path("Dockerfile").is_symlink()
    assert Path("real.Dockerfile").stat().st_mode & 0o777 == 0o600
    assert Path("real.Dockerfile").read_text() == f"FROM {api}:1.4@{ONE}\n"


def test_files_that_settings_exclude_are_not_found(command: Command, api: str) -> None:
    write(Dockerfile=f"FROM {api}:1.4\n", boxwright_toml='[check]\nexclude = ["Dockerfile"]\n')

    assert command("pin") == (0, "", "images: none\n")


def test_init_keeps_what_was_pinned_by_hand(command: Command) -> None:
    write(
        main_py="import redis\nfrom fastapi import FastAPI\n\napp = FastAPI()\n"
        'store = redis.Redis.from_url("redis://redis:6379/0")\n',
        requirements_txt="fastapi\nredis\nuvicorn\n",
        boxwright_toml='name = "demo"\nplatform = "linux/amd64"\n',
    )
    init = ("init", "--offline", "--quiet", "--ci", "github")
    assert command(*init).status == 0
    redis = f"redis={ONE}"
    assert command("pin", "--image", redis, "--image", f"demo=ghcr.io/me/demo@{TWO}").status == 0
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    assert ONE in Path("compose.yaml").read_text() + Path("kubernetes/base/redis.yaml").read_text()

    again = command(*init)

    assert again.status == 0
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before
    with Path("main.py").open("a") as file:
        file.write('\n\n@app.get("/health")\ndef health():\n    return {}\n')
    later = command(*init)
    assert later.status == 0
    assert re.search(r"^compose.yaml +written anew, your edits kept$", later.out, re.MULTILINE)
    compose = Path("compose.yaml").read_text()
    assert f"image: redis@{ONE}" in compose
    assert "/health" in compose


@pytest.mark.engine
def test_a_real_registry_gives_the_digest(
    command: Command, registry: str, random_image: MakeImage, run: Run, tmp_path: Path
) -> None:
    layout.write(tmp_path / "image", random_image(), "tag:1.0", progress=Silent())
    name = f"{registry}/boxwright-test/{uuid.uuid4().hex}"
    target = f"docker://{name}:1.0"
    run("skopeo", "copy", "--dest-tls-verify=false", f"oci:{tmp_path / 'image'}", target)
    told = run("skopeo", "inspect", "--tls-verify=false", "--raw", target)
    write(compose_yaml=compose(f"{name}:1.0"))

    assert command("pin").status == 0

    assert Path("compose.yaml").read_text() == compose(f"{name}:1.0@{digest_of(told.encode())}")
