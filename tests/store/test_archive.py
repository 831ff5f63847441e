"""Archives: what they are made of, and what is read from them."""

from __future__ import annotations

from boxwright.image.validate import validate
from boxwright.store import archive


def test_what_is_written_is_read_back(tmp_path, random_image) -> None:
    image = random_image()
    archive.write(tmp_path / "image.tar", image, "name:1")

    found = archive.read(tmp_path / "image.tar")

    assert (found.manifest, found.config) == (image.manifest, image.config)
    assert validate(found) == ()
