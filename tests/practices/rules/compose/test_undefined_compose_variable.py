"""Tests of the rule `undefined-compose-variable`."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge

NAME = "undefined-compose-variable"


def judge(**files: str) -> Judge:
    names = {"env": ".env", "example": ".env.example", "db": "db.env"}
    return Judge(NAME, path="compose.yaml", files={names[key]: files[key] for key in files})


def text(value: str) -> str:
    return f"services:\n  a:\n    image: x:{value} # tag\n    env_file: db.env\n"


@pytest.mark.parametrize("files", [{"env": "API_TAG=1\n"}, {"example": "API_TAG=\n"}])
def test_a_name_that_is_like_one_that_is_set(files: dict[str, str]) -> None:
    path = ".env" if "env" in files else ".env.example"
    found = judge(**files)

    assert found.messages(text("${API_TGA}")) == [f"`API_TGA` is not in `{path}`, `API_TAG` is"]
    assert found.places(text("$API_TGA")) == ["$API_TGA"]
    assert found.fixed(text("${API_TGA}")) == text("${API_TAG}")


def test_any_other_name_is_an_info() -> None:
    findings = judge(env="A=1\n").findings(text("${VERSION}"))

    assert [(str(it.severity), it.message) for it in findings] == [
        ("info", "`VERSION` is not in `.env`")
    ]


@pytest.mark.parametrize(
    "value", ["${A}", "${B:-1}", "${B-}", "${B:?}", "${B:+x}", "$$B", "${PWD}"]
)
def test_what_is_set_or_looked_after_is_not_found(value: str) -> None:
    assert judge(env="A=1\n").messages(text(value)) == []


def test_nothing_is_said_where_nothing_is_known() -> None:
    assert judge().messages(text("${VERSION}")) == []


def test_a_file_for_the_container_is_not_for_compose() -> None:
    assert judge(db="DB_TAG=16\n").messages(text("${DB_TAG}")) == [
        "`DB_TAG` is in `db.env`, which the container gets and Compose does not read"
    ]


def test_what_only_the_container_has_needs_two_dollar_signs() -> None:
    before = (
        "services:\n  db:\n    image: postgres:16\n    environment: {U: ml, P: '${P}'}\n"
        "    command: [sh, -c, 'x $U ${U} $P $$U']\n"
    )

    assert judge().places(before) == ["$U", "${U}"]
    assert judge().fixed(before) == before.replace("'x $U ${U}", "'x $$U $${U}")
    assert judge(env="U=1\nP=2\n").messages(before) == []
