"""Models that take longer to load than the liveness probe waits."""

from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.manifests import pod, workload

JUDGE = Judge("slow-model-without-startup-probe", path="pod.yaml")
LIVE = "livenessProbe: {httpGet: {path: /health, port: 8000}"
VLLM = "vllm/vllm-openai:v0.6.4"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (pod(LIVE + "}", image=VLLM),
         "`api` loads a model into vLLM, and its liveness probe gives up after 30 seconds"),
        (pod(LIVE + ", initialDelaySeconds: 15, periodSeconds: 5, failureThreshold: 4}", image=VLLM),
         "`api` loads a model into vLLM, and its liveness probe gives up after 35 seconds"),
        (pod('command: [python, -m, sglang.launch_server, --model-path, m]\n' + LIVE + "}"),
         "`api` loads a model into SGLang, and its liveness probe gives up after 30 seconds"),
        (workload("resources: {limits: {nvidia.com/gpu: 1}}\n" + LIVE + "}"),
         "`api` asks for GPUs, and its liveness probe gives up after 30 seconds"),
    ],
)  # fmt: skip
def test_what_is_killed_while_it_loads_is_found(text: str, message: str) -> None:
    assert JUDGE.messages(text) == [message]


@pytest.mark.parametrize(
    "text",
    [
        pod(LIVE + "}"),
        pod("", image=VLLM),
        pod(LIVE + ", initialDelaySeconds: 300}", image=VLLM),
        pod(LIVE + ", failureThreshold: 12}", image=VLLM),
        pod(LIVE + "}\nstartupProbe: {tcpSocket: {port: 8000}}", image=VLLM),
        pod(LIVE + "}\ncommand: [sleep, infinity]", image=VLLM),
        workload("resources: {limits: {nvidia.com/gpu: 1}}\n" + LIVE + "}", kind="Job"),
    ],
)
def test_what_has_time_is_not(text: str) -> None:
    assert JUDGE.messages(text) == []


def test_settings_say_how_long_is_long() -> None:
    judge = Judge(JUDGE.name, path="pod.yaml", settings="seconds = 600")

    assert judge.places(pod(LIVE + ", initialDelaySeconds: 300}", image=VLLM)) == ["livenessProbe"]


def test_the_fix_asks_what_the_liveness_probe_does() -> None:
    probe = "livenessProbe:\n  httpGet:\n    path: /health\n    port: 8000\n  timeoutSeconds: 5"
    text = pod(probe, image=VLLM)
    startup = probe.replace("liveness", "startup") + "\n  failureThreshold: 60\n  periodSeconds: 10"

    assert JUDGE.fixed(text) == pod(f"{probe}\n{startup}", image=VLLM)
    assert JUDGE.fixed(text, unsafe=False) == text
    flow = pod(LIVE + "}", image=VLLM)
    assert JUDGE.messages(JUDGE.fixed(flow)) == []
