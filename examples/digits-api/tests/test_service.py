"""The service answers, refuses what it must, and says when it is ready."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from digits.service import make_app
from fastapi.testclient import TestClient
from sklearn.datasets import load_digits

MODEL = Path(__file__).parent.parent / "model" / "digits.safetensors"


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(make_app(MODEL)) as client:
        yield client


def test_reads_a_digit(client: TestClient) -> None:
    digits = load_digits()

    answer = client.post("/predict", json={"pixels": digits.data[0].tolist()}).json()

    assert answer["digit"] == digits.target[0] == 0
    assert len(answer["probabilities"]) == 10
    assert sum(answer["probabilities"]) == pytest.approx(1)


@pytest.mark.parametrize(
    "question",
    [
        pytest.param({}, id="no pixels"),
        pytest.param({"pixels": [0] * 63}, id="too few"),
        pytest.param({"pixels": [0] * 65}, id="too many"),
        pytest.param({"pixels": [17] + [0] * 63}, id="too bright"),
        pytest.param({"pixels": [-1] + [0] * 63}, id="darker than black"),
        pytest.param({"pixels": ["a"] + [0] * 63}, id="not a number"),
        pytest.param({"pixels": [0] * 64, "model": "x"}, id="a key too many"),
    ],
)
def test_refuses_what_is_no_image(client: TestClient, question: dict[str, object]) -> None:
    assert client.post("/predict", json=question).status_code == 422


def test_is_live_and_ready_when_started(client: TestClient) -> None:
    assert client.get("/health/live").json() == {"status": "live"}
    assert client.get("/health/ready").json() == {"status": "ready"}


def test_is_live_but_not_ready_before_the_model_is_loaded() -> None:
    client = TestClient(make_app(MODEL))  # without `with`, the service is not started

    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 503
    assert client.post("/predict", json={"pixels": [0] * 64}).status_code == 503


def test_does_not_start_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), TestClient(make_app(tmp_path / "absent.safetensors")):
        pass


def test_counts_what_it_answers(client: TestClient) -> None:
    client.post("/predict", json={"pixels": load_digits().data[0].tolist()})
    client.get("/no/such/path")

    metrics = client.get("/metrics").text

    assert 'digits_predicted_total{digit="0"} 1.0' in metrics
    assert 'http_requests_total{route="/predict",status="200"} 1.0' in metrics
    assert 'http_requests_total{route="unknown",status="404"} 1.0' in metrics
