from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.rules.pods import compose, pod

from boxwright.findings.finding import Severity

judge = Judge("secret-as-environment", path="compose.yaml")
pods = Judge("secret-as-environment", path="deployment.yaml")


@pytest.mark.parametrize(
    "entries",
    ["{HF_TOKEN: '${HF_TOKEN}'}", "[HF_TOKEN]", "[HF_TOKEN=$HF_TOKEN]", "{HF_TOKEN: }"],
)
def test_a_token_that_is_passed_on_is_a_hint(entries: str) -> None:
    found = judge.findings(compose(f"environment: {entries}\n"))

    assert [(it.severity, it.message, it.fix) for it in found] == [
        (Severity.INFO, "all processes of `api` have `HF_TOKEN` in their environment", None)
    ]


@pytest.mark.parametrize(
    "entries",
    [
        "{MAX_TOKENS: '${MAX_TOKENS}'}",
        "{HF_TOKEN_PATH: /run/secrets/hf}",
        "{WANDB_API_KEY: 8f3ab1c92d7e4506b1aa}",
        "[LOG_LEVEL]",
    ],
)
def test_other_variables_are_not_found(entries: str) -> None:
    assert judge.messages(compose(f"environment: {entries}\n")) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  POSTGRES_PASSWORD: ${PASSWORD} # ours", "  POSTGRES_PASSWORD_FILE: {} # ours"),
        ("  - POSTGRES_PASSWORD=${PASSWORD:?set}", "  - POSTGRES_PASSWORD_FILE={}"),
        ('  - "POSTGRES_PASSWORD=$PASSWORD"', '  - "POSTGRES_PASSWORD_FILE={}"'),
    ],
)
def test_a_database_reads_its_password_from_a_file(before: str, after: str) -> None:
    text = compose(f"environment:\n{before}\n", image="postgres:17.6")
    after = after.replace("{}", "/run/secrets/postgres_password")

    message = (
        "all processes of `api` have `POSTGRES_PASSWORD` in their environment, which can be read"
        " from a file"
    )

    assert judge.messages(text) == [message]
    assert judge.fixed(text) == compose(
        f"environment:\n{after}\nsecrets:\n  - postgres_password\n",
        image="postgres:17.6",
        rest="secrets:\n  postgres_password:\n    environment: PASSWORD\n",
    )


def test_a_variable_with_a_default_is_not_fixed() -> None:
    text = compose("environment: {POSTGRES_PASSWORD: '${P:-a}'}\n", image="postgres:17.6")

    assert [finding.fix for finding in judge.findings(text)] == [None]


def test_servers_that_know_the_variable_only_keep_it() -> None:
    text = compose(
        "environment: [HF_TOKEN]\n", image="ghcr.io/huggingface/text-generation-inference:3.3.5"
    )

    assert [finding.fix for finding in judge.findings(text)] == [None]
    assert "HF_TOKEN_PATH=/run/secrets/hf_token" in judge.fixed(
        compose("environment: [HF_TOKEN]\n", image="vllm/vllm-openai:v0.11.0")
    )


def test_a_value_in_a_pod_is_an_error() -> None:
    text = pod(
        "env:\n"
        "  - {name: DB_PASSWORD, value: Xk29fq7pLz}\n"
        "  - {name: HF_TOKEN, valueFrom: {secretKeyRef: {name: hub, key: token}}}\n"
        "  - {name: API_KEY, valueFrom: {configMapKeyRef: {name: hub, key: token}}}\n"
        "  - {name: API_TOKEN, value: $(HF_TOKEN)}\n"
    )

    assert [(it.severity, it.message) for it in pods.findings(text)] == [
        (Severity.ERROR, "everybody who may read this file has `DB_PASSWORD` of `api`"),
        (Severity.INFO, "all processes of `api` have `HF_TOKEN` in their environment"),
    ]
    assert pods.places(text) == ["Xk29fq7pLz", "HF_TOKEN"]
