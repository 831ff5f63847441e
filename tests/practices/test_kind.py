"""What an image is for."""

from __future__ import annotations

import pytest
from tests.practices.builds import final

from boxwright.practices.kind import Server, server_named, server_of_image, servers, servers_at


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        ('FROM python:3.12\nCMD ["uvicorn", "app:app"]', "service", "it starts `uvicorn`"),
        ("FROM python:3.12\nCMD gunicorn app", "service", "it starts `gunicorn`"),
        ("FROM python:3.12\nCMD streamlit run app.py", "service", "it starts `streamlit`"),
        ("FROM python:3.12\nCMD celery -A app worker", "worker", "it starts `celery`"),
        ("FROM python:3.12\nCMD torchrun train.py", "training", "it starts `torchrun`"),
        ("FROM python:3.12\nCMD python train.py --epochs 3", "training", "it starts `train.py`"),
        ("FROM python:3.12\nCMD jupyter lab --ip=0.0.0.0", "notebook", "it starts `jupyter`"),
        ("FROM python:3.12\nCMD python evaluate.py", "batch", "it starts `evaluate.py`"),
        ("FROM python:3.12\nCMD pytest", "batch", "it starts `pytest`"),
        ("FROM quay.io/jupyter/base-notebook", "notebook", "its base starts Jupyter"),
        ("FROM vllm/vllm-openai:v0.8.0", "service", "its base starts vLLM"),
        ("FROM redis:7", "service", "its base starts Redis"),
        ("FROM python:3.12\nRUN pip install fastapi\nCMD python main.py", "service",
         "fastapi is installed"),
        ("FROM python:3.12\nEXPOSE 9000\nCMD python main.py", "service", "it exposes port 9000"),
        ("FROM python:3.12\nCMD python main.py", "unknown", "nothing says what it starts"),
        ("FROM python:3.12\nCMD python serve.py", "service", "it starts `serve.py`"),
        ("FROM python:3.12\nCMD bash", "unknown", "nothing says what it starts"),
        ("FROM python:3.12", "unknown", "nothing says what it starts"),
        ("FROM pytorch/pytorch:2.6.0-cuda12.4-cudnn9-runtime", "unknown",
         "nothing says what it starts"),
        ("FROM vllm/vllm-openai:v0.8.0\nENTRYPOINT []\nCMD [\"python\", \"train.py\"]", "training",
         "it starts `train.py`"),
    ],
)  # fmt: skip
def test_an_image_is_for_what_it_starts(text: str, kind: str, reason: str) -> None:
    stage = final(f"{text}\n")
    assert (stage.kind, stage.kind_reason) == (kind, reason)


@pytest.mark.parametrize(
    ("name", "port", "ready", "live"),
    [
        ("triton", 8000, "/v2/health/ready", "/v2/health/live"),
        ("torchserve", 8080, "/ping", "/ping"),
        ("vllm", 8000, "/health", "/health"),
        ("streamlit", 8501, "/_stcore/health", "/_stcore/health"),
        ("bentoml", 3000, "/readyz", "/livez"),
        ("ray serve", 8000, "", "/-/healthz"),
        ("ollama", 11434, "", "/"),
        ("qdrant", 6333, "/readyz", "/livez"),
        ("flask", 5000, "", ""),
    ],
)
def test_known_servers_have_their_ports_and_paths(
    name: str, port: int, ready: str, live: str
) -> None:
    found = server_named(name)
    assert found is not None
    assert (found.port, found.ready, found.live) == (port, ready, live)
    assert found.health == (ready or live)


def test_servers_are_found_by_image_and_by_port() -> None:
    def name(found: Server | None) -> str:
        return found.name if found else ""

    assert [
        name(server_of_image(image))
        for image in ("postgres", "docker.io/library/redis", "vllm/vllm-openai", "team/api")
    ] == ["postgres", "redis", "vllm", ""]
    assert [server.name for server in servers_at(8501)] == ["streamlit", "tensorflow-serving"]
    assert server_named("nothing") is None
    assert all(server.name == key for key, server in servers().items())
