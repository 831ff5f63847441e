"""From a folder or a name to what the engine has."""

from __future__ import annotations

import gzip
import shutil

import pytest
from tests.run.conftest import PYTHON

from boxwright.errors import EngineError
from boxwright.progress import Silent
from boxwright.run.model import Container
from boxwright.run.prepare import give_image, is_project, named_apart
from boxwright.store import archive, layout


def test_a_layout_is_an_image_and_another_folder_a_project(tmp_path, random_image) -> None:
    layout.write(tmp_path / "image", random_image(3), "x:1", progress=Silent())

    assert not is_project(str(tmp_path / "image"))
    assert is_project(str(tmp_path))
    assert not is_project("python:3.13")


def test_no_two_containers_have_one_name() -> None:
    container = Container(image="x", name="api")

    assert named_apart(container).name.startswith("api-")
    assert named_apart(container) != named_apart(container)


@pytest.mark.engine
def test_what_the_engine_has_is_taken_as_it_is(client, of_code) -> None:
    of_code("")

    name, image = give_image(client, PYTHON, progress=Silent())

    assert (name, image.is_root) == (PYTHON, True)


@pytest.mark.engine
@pytest.mark.parametrize("kind", ["layout", "archive", "packed"])
def test_layouts_and_archives_are_loaded(client, cache, tmp_path, random_image, kind: str) -> None:
    image = random_image(21, command=("/data",))
    reference = f"boxwright-test/{kind}:1"
    place = tmp_path / "image.tar"
    if kind == "layout":
        place = tmp_path / "image"
        layout.write(place, image, reference, progress=Silent())
    else:
        archive.write(place, image, reference, cache=cache, progress=Silent())
    if kind == "packed":
        packed = tmp_path / "image.tar.gz"
        with place.open("rb") as source, gzip.open(packed, "wb") as target:
            shutil.copyfileobj(source, target)
        place = packed

    name, found = give_image(client, str(place), progress=Silent())

    client.try_("image", "rm", "--force", name)
    assert (found.user, found.entrypoint) == ("65532:65532", ("/data",))


@pytest.mark.engine
def test_an_image_that_is_nowhere_is_told_with_both_reasons(client, registry) -> None:
    with pytest.raises(EngineError) as caught:
        give_image(client, f"{registry}/boxwright-test/nothing:1", progress=Silent())

    assert caught.value.message.startswith(
        f"there is no image `{registry}/boxwright-test/nothing:1` to run: docker cannot pull it ("
    )


@pytest.mark.engine
def test_nothing_is_fetched_where_a_command_line_is_only_shown(client) -> None:
    with pytest.raises(EngineError) as caught:
        give_image(client, "boxwright.invalid/x:1", only_if_there=True, progress=Silent())

    assert caught.value.hint == "`docker pull boxwright.invalid/x:1` fetches it"
