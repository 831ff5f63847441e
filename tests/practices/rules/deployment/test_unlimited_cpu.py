from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.rules.pods import compose, pod

judge = Judge("unlimited-cpu", path="compose.yaml")
pods = Judge("unlimited-cpu", path="deployment.yaml")

TORCH = "pytorch/pytorch:2.9.1-cuda12.8-cudnn9-runtime"


@pytest.mark.parametrize(
    "text",
    [
        compose(),
        compose(image="redis:7.4"),
        compose("cpus: 2\n", image=TORCH),
        compose("cpuset: 0-3\n", image=TORCH),
        compose("deploy: {resources: {limits: {cpus: '2'}}}\n", image=TORCH),
    ],
)
def test_what_is_limited_or_computes_nothing_is_left_alone(text: str) -> None:
    assert judge.messages(text) == []


def test_what_computes_is_found() -> None:
    assert judge.messages(compose(image=TORCH)) == [
        "nothing limits the processors of `api`, and it has `torch`"
    ]
    assert len(judge.messages(compose("cpus: 0\n", image=TORCH))) == 1


def test_the_fix_tells_the_libraries() -> None:
    assert judge.fixed(compose("environment: [A=b]\n", image=TORCH)) == compose(
        "environment: [A=b, OMP_NUM_THREADS=4]\n"
        'deploy:\n  resources:\n    limits:\n      cpus: "4"\n',
        image=TORCH,
    )
    assert judge.fixed(compose("command: [python, train.py]\n")) == compose(
        'command: [python, train.py]\ndeploy:\n  resources:\n    limits:\n      cpus: "4"\n'
    )


def test_a_pod_keeps_what_it_requests() -> None:
    assert pods.messages(pod("resources: {limits: {cpu: 500m}}\n")) == []
    assert pods.fixed(pod("resources:\n  requests:\n    cpu: 6500m\n")) == pod(
        'resources:\n  requests:\n    cpu: 6500m\n  limits:\n    cpu: "7"\n'
    )
