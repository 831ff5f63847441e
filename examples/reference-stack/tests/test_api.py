"""The API scores, refuses what it must, and says when it is ready."""

import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from fastapi.testclient import TestClient
from scoring.api import make_app
from scoring.model import Model
from scoring.settings import Settings
from scoring.store import Store
from servers import Services

SETTINGS = Settings.from_environment({})
MODEL = Model(SETTINGS.model)

Row = dict[str, object]


def test_scores_a_customer(client_alone: TestClient, leaving: Row, loyal: Row) -> None:
    leaves = client_alone.post("/predict", json=leaving).json()
    stays = client_alone.post("/predict", json=loyal).json()

    assert 0 < stays["score"] < 0.5 < leaves["score"] < 1
    assert leaves == {
        "score": leaves["score"],
        "leaves": True,
        "model_version": MODEL.version,
    }
    assert stays["leaves"] is False


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"tenure_months": -1}, id="before it was one"),
        pytest.param({"tenure_months": None}, id="no number"),
        pytest.param({"monthly_fee": "much"}, id="a word for a number"),
        pytest.param({"contract": "weekly"}, id="a contract that there is not"),
        pytest.param({"id": ""}, id="no id"),
        pytest.param({"id": "C\x00"}, id="what PostgreSQL cannot keep"),
        pytest.param({"left": 1}, id="a key too many"),
    ],
)
def test_refuses_what_is_no_customer(client_alone: TestClient, leaving: Row, change: Row) -> None:
    question = leaving | change

    assert client_alone.post("/predict", json=question).status_code == 422
    assert client_alone.post("/batches", json={"customers": [question]}).status_code == 422


def test_refuses_an_empty_batch(client_alone: TestClient) -> None:
    assert client_alone.post("/batches", json={"customers": []}).status_code == 422


def test_keeps_a_batch_for_the_workers(
    client: TestClient, store: Store, leaving: Row, loyal: Row
) -> None:
    accepted = client.post("/batches", json={"customers": [leaving, loyal]})

    batch_id = accepted.json()["id"]
    assert accepted.status_code == 202
    assert accepted.headers["Location"] == f"/batches/{batch_id}"
    waiting = store.waiting(uuid.UUID(batch_id))
    assert waiting is not None
    assert [customer.model_dump() for customer in waiting] == [leaving, loyal]
    answer = client.get(f"/batches/{batch_id}").json()
    assert answer == {
        "id": batch_id,
        "status": "waiting",
        "created_at": answer["created_at"],
        "finished_at": None,
        "model_version": None,
        "predictions": [],
    }
    assert 'scoring_batches_total{queued="yes"} 1.0' in client.get("/metrics").text


def test_knows_no_batch_that_was_never_added(client: TestClient) -> None:
    assert client.get(f"/batches/{uuid.uuid4()}").status_code == 404
    assert client.get("/batches/1").status_code == 422


def test_a_batch_is_kept_where_the_queue_does_not_answer(
    client_without_queue: TestClient, store: Store, leaving: Row
) -> None:
    accepted = client_without_queue.post("/batches", json={"customers": [leaving]})

    assert accepted.status_code == 202
    assert store.overdue(timedelta()) == [uuid.UUID(accepted.json()["id"])]
    assert 'scoring_batches_total{queued="no"} 1.0' in client_without_queue.get("/metrics").text


def test_a_queue_that_was_started_anew_takes_the_next_batch(
    client: TestClient, services: Services, leaving: Row
) -> None:
    client.post("/batches", json={"customers": [leaving]})
    with redis.Redis.from_url(services.settings.redis_url) as queue:
        queue.client_kill_filter(_type="normal", skipme=True)

    client.post("/batches", json={"customers": [leaving]})

    assert 'scoring_batches_total{queued="yes"} 2.0' in client.get("/metrics").text


def test_is_ready_and_scores_without_database_and_queue(
    client_alone: TestClient, leaving: Row
) -> None:
    assert client_alone.get("/health/live").json() == {"status": "live"}
    assert client_alone.get("/health/ready").json() == {
        "status": "ready",
        "model_version": MODEL.version,
    }
    assert client_alone.get("/health/dependencies").json() == {"database": "down", "queue": "down"}
    assert client_alone.post("/predict", json=leaving).status_code == 200


def test_says_that_the_database_does_not_answer(client_alone: TestClient, leaving: Row) -> None:
    refused = client_alone.post("/batches", json={"customers": [leaving]})

    assert refused.status_code == 503
    assert refused.json() == {"detail": "the database does not answer"}
    assert refused.headers["Retry-After"] == "5"


def test_tells_that_database_and_queue_answer(client: TestClient) -> None:
    assert client.get("/health/dependencies").json() == {"database": "up", "queue": "up"}


def test_is_live_but_not_ready_before_the_model_is_loaded(leaving: Row) -> None:
    client = TestClient(make_app(SETTINGS))  # without `with`, the API is not started

    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 503
    assert client.post("/predict", json=leaving).status_code == 503


def test_does_not_start_without_a_model(tmp_path: Path) -> None:
    app = make_app(replace(SETTINGS, model_dir=tmp_path))

    with pytest.raises(FileNotFoundError), TestClient(app):
        pass


def test_counts_what_it_answers(client_alone: TestClient, leaving: Row) -> None:
    client_alone.post("/predict", json=leaving)
    client_alone.get("/no/such/path")

    metrics = client_alone.get("/metrics").text

    assert f'scoring_model_info{{version="{MODEL.version}"}} 1.0' in metrics
    assert 'scoring_predictions_total{leaves="yes"} 1.0' in metrics
    assert "scoring_inference_seconds_count 1.0" in metrics
    assert 'http_requests_total{route="/predict",status="200"} 1.0' in metrics
    assert 'http_requests_total{route="unknown",status="404"} 1.0' in metrics


def test_counts_a_batch_under_its_route_and_not_its_id(client: TestClient) -> None:
    client.get(f"/batches/{uuid.uuid4()}")

    metrics = client.get("/metrics").text

    assert 'http_requests_total{route="/batches/{batch_id}",status="404"} 1.0' in metrics
