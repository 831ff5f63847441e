"""The service answers, refuses what it must, and says when it is ready."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sentiment.service import make_app

MODEL = Path(__file__).parent.parent / "model" / "sentiment.safetensors"


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(make_app(MODEL)) as client:
        yield client


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("What a wonderful concert!", "positive"),
        ("the worst hotel in years", "negative"),
        ("not good at all", "negative"),
        ("not bad at all", "positive"),
    ],
)
def test_tells_what_a_text_sounds_like(client: TestClient, text: str, label: str) -> None:
    answer = client.post("/predict", json={"text": text}).json()

    assert answer["label"] == label
    assert 0.5 <= answer["probability"] <= 1


@pytest.mark.parametrize(
    "question",
    [
        pytest.param({}, id="no text"),
        pytest.param({"text": ""}, id="empty"),
        pytest.param({"text": "42 !"}, id="no words"),
        pytest.param({"text": "a" * 2001}, id="too long"),
        pytest.param({"text": 1}, id="not a text"),
        pytest.param({"text": "fine", "model": "x"}, id="a key too many"),
    ],
)
def test_refuses_what_is_no_text(client: TestClient, question: dict[str, object]) -> None:
    assert client.post("/predict", json=question).status_code == 422


def test_is_live_and_ready_when_started(client: TestClient) -> None:
    assert client.get("/health/live").json() == {"status": "live"}
    assert client.get("/health/ready").json() == {"status": "ready"}


def test_is_live_but_not_ready_before_the_model_is_loaded() -> None:
    client = TestClient(make_app(MODEL))  # without `with`, the service is not started

    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 503
    assert client.post("/predict", json={"text": "fine"}).status_code == 503


def test_does_not_start_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), TestClient(make_app(tmp_path / "absent.safetensors")):
        pass


def test_counts_what_it_answers(client: TestClient) -> None:
    client.post("/predict", json={"text": "a wonderful film"})
    client.get("/no/such/path")

    metrics = client.get("/metrics").text

    assert 'texts_predicted_total{label="positive"} 1.0' in metrics
    assert 'http_requests_total{route="/predict",status="200"} 1.0' in metrics
    assert 'http_requests_total{route="unknown",status="404"} 1.0' in metrics
