from __future__ import annotations

import json

import pytest
from tests.practices.image_examples import found

RULE = "open-notebook-in-image"


def starting(*words: str, env: str = "") -> str:
    listed = json.dumps(["jupyter", "lab", *words])
    return f"cmd: {listed}\nenv: {{{env}}}\nlayers: [{{step: CMD it}}]\n"


@pytest.mark.parametrize(
    "option", ["--ServerApp.token=", "--NotebookApp.token=''", "--IdentityProvider.token="]
)
def test_an_empty_token_is_found(option: str) -> None:
    assert found(RULE, starting(option)) == [
        f"2: error: Jupyter asks for no token: `{option.partition('=')[0]}` is empty"
    ]


def test_an_empty_variable_is_found() -> None:
    assert found(RULE, starting(env="JUPYTER_TOKEN: ''")) == [
        "3: error: Jupyter asks for no token: `JUPYTER_TOKEN` is empty"
    ]


def test_the_command_has_the_last_word() -> None:
    text = starting("--ServerApp.token=hello", env="JUPYTER_TOKEN: ''")

    assert found(RULE, text) == []


@pytest.mark.parametrize(
    "words", [(), ("--ip=0.0.0.0",), ("--ServerApp.token=", "--ServerApp.password=sha1:1:2")]
)
def test_a_server_that_asks_is_fine(words: tuple[str, ...]) -> None:
    assert found(RULE, starting(*words)) == []


def test_other_programs_may_have_such_an_option() -> None:
    text = starting("--ServerApp.token=").replace("jupyter", "serve")

    assert found(RULE, text) == []
