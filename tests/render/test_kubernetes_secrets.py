"""Secrets: referred to, never written; as files where the code takes files."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.render.kubernetes_files import (
    PLANS,
    Object,
    container,
    documents,
    env,
    files_of,
    kustomization,
    objects_of,
    pod,
    the,
)
from tests.render.plans import brokers_plan, stack_plan, url_plan

from boxwright.plan.model import Plan


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
def test_no_secret_is_in_any_file(plan: Callable[[], Plan]) -> None:
    assert not [item for item in objects_of(files_of(plan())) if item["kind"] == "Secret"]


def test_a_file_is_mounted_for_the_group_of_the_pod() -> None:
    files = files_of(stack_plan())

    for kind, name in (("Deployment", "api"), ("StatefulSet", "postgres")):
        volumes = {it["name"]: it for it in pod(files, kind, name)["volumes"]}
        assert volumes["secrets"]["projected"] == {
            "defaultMode": 0o440,
            "sources": [
                {
                    "secret": {
                        "name": "reference-stack-secrets",
                        "items": [{"key": "postgres_password", "path": "postgres_password"}],
                    }
                }
            ],
        }
        assert {"name": "secrets", "mountPath": "/run/secrets", "readOnly": True} in container(
            files, kind, name
        )["volumeMounts"]


def test_who_has_no_secret_gets_none() -> None:
    files = files_of(stack_plan())

    for kind, name in (("CronJob", "train"), ("StatefulSet", "redis")):
        assert "secrets" not in [it["name"] for it in pod(files, kind, name)["volumes"]]


def test_a_variable_names_the_file_once() -> None:
    api = container(files_of(stack_plan()), "Deployment", "api")

    assert [it["name"] for it in api["env"]].count("DATABASE_PASSWORD_FILE") == 1
    assert ("DATABASE_PASSWORD_FILE", "/run/secrets/postgres_password") in env(api).items()


def test_the_variable_of_the_code_is_no_business_of_the_database() -> None:
    postgres = container(files_of(stack_plan()), "StatefulSet", "postgres")

    assert set(env(postgres)) == {"POSTGRES_DB", "POSTGRES_PASSWORD_FILE", "POSTGRES_USER"}


def test_a_value_comes_from_the_secret() -> None:
    notebook = container(files_of(stack_plan()), "StatefulSet", "notebook")

    assert env(notebook) == {
        "JUPYTER_TOKEN": {
            "secretKeyRef": {"name": "reference-stack-secrets", "key": "notebook_token"}
        }
    }


def test_what_a_url_is_made_of_stands_before_it() -> None:
    api = container(files_of(url_plan()), "Deployment", "api")

    def of_secret(key: str) -> Object:
        return {"secretKeyRef": {"name": "reference-stack-secrets", "key": key}}

    assert list(env(api).items()) == [
        ("OPENAI_API_KEY", of_secret("openai_api_key")),
        ("POSTGRES_PASSWORD", of_secret("postgres_password")),
        ("DATABASE_URL", "postgresql://app:$(POSTGRES_PASSWORD)@postgres:5432/app"),
        ("REDIS_URL", "redis://redis:6379/0"),
    ]


def test_an_image_that_takes_no_file_gets_the_value() -> None:
    files = files_of(brokers_plan())

    assert env(container(files, "StatefulSet", "rabbitmq")) == {
        "RABBITMQ_DEFAULT_PASS": {
            "secretKeyRef": {"name": "credit-risk-v2-secrets", "key": "rabbitmq_password"}
        },
        "RABBITMQ_DEFAULT_USER": "app",
    }
    assert (
        env(container(files, "Deployment", "consumer"))["CELERY_BROKER_URL"]
        == "amqp://app:$(RABBITMQ_PASSWORD)@rabbitmq:5672//"
    )


def test_development_reads_them_from_a_file_that_is_beside_it() -> None:
    files = files_of(stack_plan())

    assert kustomization(files, "overlays/dev")["secretGenerator"] == [
        {"name": "reference-stack-secrets", "envs": ["secrets.env"]}
    ]
    text = files["kubernetes/overlays/dev/kustomization.yaml"]
    assert "for: notebook_token, postgres_password." in text


def test_production_says_which_it_needs() -> None:
    text = files_of(stack_plan())["kubernetes/overlays/production/kustomization.yaml"]

    # The notebook, and its token with it, is not there.
    needed = "The Secret `reference-stack-secrets` has to exist, with: postgres_password."
    assert needed in text
    assert "secretGenerator" not in text


def test_external_secrets_bring_every_key() -> None:
    (found,) = documents(
        files_of(url_plan())["kubernetes/components/external-secrets/external-secret.yaml"]
    )

    assert found["spec"]["target"]["name"] == "reference-stack-secrets"
    assert found["spec"]["data"] == [
        {"secretKey": "openai_api_key", "remoteRef": {"key": "reference-stack/openai_api_key"}},
        {
            "secretKey": "postgres_password",
            "remoteRef": {"key": "reference-stack/postgres_password"},
        },
    ]


def test_vault_writes_the_files_and_its_agent_alone_has_the_token() -> None:
    files = files_of(stack_plan())
    patches = kustomization(files, "components/vault")["patches"]

    assert [it["target"] for it in patches] == [
        {"kind": "Deployment", "name": "api"},
        {"kind": "Deployment", "name": "worker"},
        {"kind": "Deployment", "name": "scheduler"},
        {"kind": "StatefulSet", "name": "postgres"},
    ]
    (patch,) = documents(patches[3]["patch"])
    annotations = patch["spec"]["template"]["metadata"]["annotations"]
    assert annotations["vault.hashicorp.com/agent-run-as-user"] == "999"
    assert annotations["vault.hashicorp.com/secret-volume-path"] == "/run/secrets"
    key = "vault.hashicorp.com/agent-inject-template-postgres_password"
    text = (
        '{{ with secret "secret/data/reference-stack" }}{{ index .Data.data "postgres_password" }}'
    )
    assert annotations[key] == text + "{{ end }}"
    spec = patch["spec"]["template"]["spec"]
    assert spec["volumes"][1]["name"] == "vault-token"
    assert spec["containers"][0]["volumeMounts"] == [
        {"mountPath": "/run/secrets", "$patch": "delete"}
    ]


def test_a_stack_without_secrets_has_none_of_this() -> None:
    files = files_of(PLANS["api"]())

    assert "secretGenerator" not in kustomization(files, "overlays/dev")
    assert not [path for path in files if "vault" in path or "external-secrets" in path]


def test_every_workload_may_name_its_account() -> None:
    files = files_of(stack_plan())

    assert the(files, "ServiceAccount", "api")["automountServiceAccountToken"] is False
    assert pod(files, "Deployment", "api")["serviceAccountName"] == "api"
