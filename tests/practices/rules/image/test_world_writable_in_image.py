from __future__ import annotations

import pytest
from tests.practices.image_examples import found

RULE = "world-writable-in-image"


def having(*files: str) -> str:
    return f"layers: [{{step: RUN chmod, files: {{{', '.join(files)}}}}}]\n"


def test_files_and_folders_are_found() -> None:
    text = having('app/main.py: {size: 3 kB, mode: "666"}', 'data: {folder: true, mode: "777"}')

    assert found(RULE, text) == [
        "2: warning: 2 paths are writable for everybody: `/app/main.py` and `/data`"
    ]


@pytest.mark.parametrize(
    "file",
    [
        'tmp: {folder: true, mode: "1777"}',
        "usr/bin/python: {link: python3.13}",
        'opt/venv/.lock: {size: 0 B, mode: "666"}',
        'app/main.py: {size: 3 kB, mode: "664"}',
    ],
)
def test_what_is_meant_to_be_so_is_fine(file: str) -> None:
    assert found(RULE, having(file)) == []


def test_a_mode_that_a_later_layer_mends_is_fine() -> None:
    text = having('app/a: {size: 3 kB, mode: "666"}').replace(
        "]\n", ", {step: RUN chmod, files: {app/a: 3 kB}}]\n"
    )

    assert found(RULE, text) == []


def test_settings_can_name_what_may_be_so() -> None:
    text = having(
        'data: {folder: true, mode: "777"}',
        'data/a: {size: 1 kB, mode: "666"}',
        'database: {size: 1 kB, mode: "666"}',
    )

    assert found(RULE, text, settings='allow = ["/data/"]') == [
        "2: warning: 1 path is writable for everybody: `/database`"
    ]


def test_a_path_is_cut_where_it_is_too_long_for_a_message() -> None:
    (message,) = found(RULE, having(f'? {"a" * 3000}\n: {{size: 1 kB, mode: "666"}}'))

    assert message == (f"2: warning: 1 path is writable for everybody: `/{'a' * 100}…{'a' * 100}`")
