"""Names of objects that are not there."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.manifests import pod, service, together, workload

JUDGE = Judge("undefined-object-reference", path="deployment.yaml")
HUB = "apiVersion: v1\nkind: Secret\nmetadata: {name: hub-token}\n"
FROM = "env: [{name: T, valueFrom: {secretKeyRef: {name: NAME, key: t}}}]"
SCALER = (
    "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: api}\n"
    "spec: {scaleTargetRef: {kind: Deployment, name: NAME}}\n"
)
INGRESS = (
    "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: api}\n"
    "spec: {rules: [{http: {paths: [{backend: {service: {name: NAME}}}]}}]}\n"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (together(service("s", "selector: {app: web}"), workload()),
         "the service `s` selects no pod of any of the checked files"),
        (together(service("s", "selector: {app: api}\nports: [{port: 80, targetPort: http}]"),
                  workload("ports: [{containerPort: 80, name: web}]")),
         "no pod of the service `s` has a port `http`"),
        (together(SCALER.replace("NAME", "apis"), workload()),
         "no checked file has the Deployment to scale, `apis`; `api` is nearly the same"),
        (together(INGRESS.replace("NAME", "web"), service("api", "clusterIP: None")),
         "no checked file has the Service `web`"),
        (pod("volumeMounts: [{name: model, mountPath: /m}]", "volumes: [{name: x, emptyDir: {}}]"),
         "the pod of `api` has no volume `model`"),
        (together(pod(FROM.replace("NAME", "hub-tokens")), HUB),
         "no checked file has the Secret `hub-tokens`; `hub-token` is nearly the same"),
    ],
)  # fmt: skip
def test_names_of_nothing_are_found(text: str, message: str) -> None:
    assert JUDGE.messages(text) == [message]


@pytest.mark.parametrize(
    "text",
    [
        service("s", "selector: {app: web}"),
        together(service("s", "selector: {app: api}"), workload()),
        together(service("s", "selector: {ray.io/node-type: head}"), workload()),
        together(service("s", "type: ExternalName"), workload()),
        SCALER.replace("NAME", "api"),
        INGRESS.replace("NAME", "api"),
        pod(FROM.replace("NAME", "hub-token")),
        together(pod(FROM.replace("NAME", "other")), HUB),
        together(pod(FROM.replace("NAME", "hub-token-2")), HUB),
        pod("volumeMounts: [{name: m, mountPath: /m}]", "volumes: [{name: m, emptyDir: {}}]"),
    ],
)
def test_others_are_not(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_what_was_meant_is_written() -> None:
    text = together(pod(FROM.replace("NAME", '"hub-tokens"  # x')), HUB)

    assert JUDGE.fixed(text.replace("  # x", "")) == text.replace('"hub-tokens"  # x', "hub-token")
