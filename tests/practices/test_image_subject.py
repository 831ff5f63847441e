"""What rules are told of an image."""

from __future__ import annotations

from datetime import date

import pytest
from tests.practices.image_examples import found, image_of

from boxwright.practices.image_subject import ImageSubject, clause, named, printable

TODAY = date(2026, 12, 1)


def subject(text: str) -> ImageSubject:
    return image_of(f"{text}\nlayers: [{{step: COPY a}}]\n", today=TODAY)


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("cmd: []", "base"),
        ("cmd: [bash]", "base"),
        ("cmd: [/usr/local/bin/python3.13]", "base"),
        ("entrypoint: [tini, --]\ncmd: [/bin/sh, -l]", "base"),
        ("cmd: [uvicorn, 'main:app']", "service"),
        ("cmd: [sh, -c, 'alembic upgrade head && exec gunicorn app']", "service"),
        ("entrypoint: [tini, --]\ncmd: [gunicorn, app]", "service"),
        ("entrypoint: [/docker-entrypoint.sh]\ncmd: [gunicorn, app]", "service"),
        ("cmd: [python, -m, vllm.entrypoints.openai.api_server]", "service"),
        ("cmd: [./serve]\nports: [8000/tcp]", "service"),
        ("cmd: [./serve]\nports: [22/tcp]", "unknown"),
        ("cmd: [./serve]\nports: [53/udp]", "unknown"),
        ("cmd: [celery, -A, app, worker]", "worker"),
        ("cmd: [torchrun, train.py]", "training"),
        ("cmd: [jupyter, lab]", "notebook"),
        ("cmd: [pytest]", "batch"),
        ("cmd: [python, train.py]", "training"),
        ("cmd: [python, main.py]", "unknown"),
    ],
)
def test_what_an_image_is_for(command: str, kind: str) -> None:
    assert subject(command).kind == kind


def test_a_program_of_python_serves_where_a_web_framework_is_installed() -> None:
    text = "cmd: [python, main.py]\nlayers: [{step: RUN pip, wheels: [fastapi 0.120.0]}]\n"

    assert image_of(text, today=TODAY).kind == "service"


@pytest.mark.parametrize(
    ("user", "number", "group"),
    [
        ("", 0, 0),
        ("root", 0, 0),
        ("0", 0, 0),
        ("app", 1000, 500),
        ("1000", 1000, 500),
        ("app:0", 1000, 0),
        ("1000:data", 1000, 600),
        ("5000", 5000, None),
        ("5000:5000", 5000, 5000),
        ("nobody", None, None),
        ("9" * 5000, None, None),
    ],
)
def test_numbers_of_the_user_and_the_group(
    user: str, number: int | None, group: int | None
) -> None:
    text = f"""
user: "{user}"
layers:
  - step: ADD a
    files:
      etc/passwd: "root:x:0:0::/:/bin/sh\\napp:x:1000:500::/:/bin/sh\\nbad:x\\n"
      etc/group: "data:x:600:\\n"
"""
    image = image_of(text, today=TODAY)

    assert (image.user_id, image.group_id) == (number, group)


def test_a_label_silences_rules_and_says_why() -> None:
    text = """
user: ""
cmd: [serve]
labels: {boxwright.ignore: "root-user-in-image, stale-image because it binds to port 80"}
created: "2026-01-01T00:00:00Z"
layers: [{step: COPY a}]
"""

    assert found("root-user-in-image", text) == []
    assert found("stale-image", text) == []
    assert len(found("missing-image-label", text)) == 1


def test_comments_in_the_history_silence_nothing() -> None:
    text = """
user: ""
cmd: [serve]
layers: [{step: "# boxwright: ignore[root-user-in-image]"}, {step: "RUN a # boxwright: ignore"}]
"""

    assert len(found("root-user-in-image", text)) == 1


def test_names_are_made_fit_for_messages() -> None:
    assert printable("a`b\n\x1b\u202e\udce9") == "a�b����"
    assert printable("a" * 300) == f"{'a' * 100}…{'a' * 100}"
    assert named(["b`"]) == "`/b�`"
    assert clause("odd ` thing.") == "odd ' thing"
    assert len(clause("x" * 10_000)) == 801
