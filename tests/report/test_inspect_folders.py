"""The folders of an image as a tree with bars."""

from __future__ import annotations

import pytest
from tests.scan.images import directory, file, image, layer

from boxwright.errors import BoxwrightError
from boxwright.report.inspect_folders import folders_text
from boxwright.scan.contents import Contents

FILES = Contents(
    image(
        layer(
            directory("etc"),
            file("etc/passwd", 1_000),
            file("opt/venv/lib/torch.so", 700_000_000),
            file("opt/venv/lib/numpy.so", 50_000_000),
            file("opt/notes", 250_000_000),
            file("opt/\x1b[2J", 0),
        )
    )
).files


def test_the_largest_comes_first_with_its_bar() -> None:
    assert folders_text(FILES) == (
        """\
   1.0 GB ████████████████  100 %  /
   1.0 GB ████████████████  100 %  ├─ opt/
 750.0 MB ████████████       75 %  │  ├─ venv/
 250.0 MB ████               25 %  │  ├─ notes
      0 B                     0 %  │  └─ \\x1b[2J
   1.0 kB ▏                <0.1 %  └─ etc/
   1.0 kB ▏                <0.1 %     └─ passwd
"""
    )


def test_it_starts_where_it_is_asked_to() -> None:
    assert folders_text(FILES, "/opt/venv/", depth=2) == (
        """\
 750.0 MB ████████████████  100 %  /opt/venv
 750.0 MB ████████████████  100 %  └─ lib/
 700.0 MB ██████████████▉    93 %     ├─ torch.so
  50.0 MB █▏                6.7 %     └─ numpy.so
"""
    )


def test_a_file_is_a_tree_of_one() -> None:
    assert folders_text(FILES, "opt/notes") == (" 250.0 MB ████████████████  100 %  /opt/notes\n")


def test_what_is_too_many_is_one_line() -> None:
    many = Contents(image(layer(*(file(f"a/{at}", 100 - at) for at in range(40))))).files

    lines = folders_text(many, "a").splitlines()

    assert len(lines) == 14
    assert lines[-1].endswith("└─ 28 more")


def test_what_is_not_there_is_an_error_that_tells_where_to_look() -> None:
    with pytest.raises(BoxwrightError) as caught:
        folders_text(FILES, "etc/shadow")

    assert caught.value.message == "the image has no `/etc/shadow`"
    assert caught.value.hint == "`--tree /etc` shows what is there"


def test_paths_a_thousand_folders_deep_are_cut() -> None:
    deep = Contents(image(layer(file("d/" * 1000 + "f", 5)))).files

    assert len(folders_text(deep, depth=1000).splitlines()) == 21
