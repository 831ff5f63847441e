"""What registries say when they refuse something."""

from __future__ import annotations

import json

import pytest

from boxwright.store.registry.refusals import refusal
from boxwright.store.transport import Response

ECR = "1.dkr.ecr.eu-west-1.amazonaws.com/team/api"


def answer(status: int, code: str = "", message: str = "") -> Response:
    body = {"errors": [{"code": code, "message": message, "detail": {"a": [1]}}]}
    return Response(status=status, headers={}, content=json.dumps(body).encode())


@pytest.mark.parametrize(
    ("place", "status", "code", "message", "hint"),
    [
        (
            ECR,
            404,
            "NAME_UNKNOWN",
            "The repository with name 'team/api' does not exist",
            "create it first: `aws ecr create-repository --repository-name team/api`",
        ),
        (
            "public.ecr.aws/alias/api",
            404,
            "NAME_UNKNOWN",
            "",
            "create it first: `aws ecr-public create-repository --repository-name api`",
        ),
        (
            "europe-docker.pkg.dev/project/images/api",
            404,
            "NAME_UNKNOWN",
            "",
            (
                "create it first: `gcloud artifacts repositories create images --project=project"
                " --location=europe --repository-format=docker`"
            ),
        ),
        (
            "registry.example/api",
            404,
            "NAME_UNKNOWN",
            "",
            "check the name, or create the repository in the registry first",
        ),
        (
            ECR,
            400,
            "TAG_INVALID",
            "The image tag '1' already exists and cannot be overwritten: it is immutable.",
            "the registry never moves a tag: give the image another one",
        ),
        (
            "harbor.example/a/b",
            403,
            "DENIED",
            "adding 100 MiB of storage resource will exceed the configured upper limit of 1 GiB",
            "the registry has no more room for it: remove images there, or have its limit raised",
        ),
        (
            "registry.example/team/api",
            403,
            "DENIED",
            "requested access to the resource is denied",
            (
                "the account may not push to `team/api`: check its permissions, the name, and"
                " `docker login registry.example`"
            ),
        ),
        (
            "registry.example/api",
            502,
            "",
            "",
            "the registry is in trouble: try again later",
        ),
        (
            "registry.example/api",
            405,
            "UNSUPPORTED",
            "The operation is unsupported.",
            "the registry is read-only or does not take such images: check its settings",
        ),
    ],
)
def test_the_hint_says_what_to_do(
    place: str, status: int, code: str, message: str, hint: str
) -> None:
    assert refusal(answer(status, code, message), what="it", place=place).hint == hint


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"[" * 100_000,
        b"null",
        b"[]",
        b'{"errors": null}',
        b'{"errors": [[]]}',
        b'{"errors": [{"code": 7}]}',
        b'{"errors": []}',
        b"\xff\xfe",
    ],
)
def test_an_answer_in_no_form_is_told_by_its_status(content: bytes) -> None:
    error = refusal(Response(status=418, headers={}, content=content), what="it", place="r/a")

    assert error.message == "it: `r/a` refuses it (status 418)"


def test_a_registrys_words_are_shown_without_secrets() -> None:
    said = answer(400, "BAD", "no\x1b[31m\r\n  thanks")
    repeated = answer(400, "BAD", "not with tok/en+=")

    shown, hidden = (
        refusal(each, what="it", place="r/a", secrets=["tok/en+="]).message
        for each in (said, repeated)
    )

    assert shown == "it: `r/a` refuses it (status 400): BAD: no [31m thanks"
    assert hidden == "it: `r/a` refuses it (status 400)"
