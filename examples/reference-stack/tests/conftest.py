"""The API with what it needs, and without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import servers
from fastapi.testclient import TestClient
from scoring.api import make_app
from scoring.settings import Settings
from scoring.store import Store


@pytest.fixture(scope="session")
def started() -> Iterator[servers.Services]:
    """Both servers, for all tests."""
    with servers.started() as services:
        yield services


@pytest.fixture
def services(started: servers.Services) -> servers.Services:
    """Both servers, empty."""
    started.empty()
    return started


@pytest.fixture
def store(services: servers.Services) -> Iterator[Store]:
    """The database."""
    store = Store(services.settings.database)
    yield store
    store.close()


@pytest.fixture
def client(services: servers.Services) -> Iterator[TestClient]:
    """The API with both servers."""
    with TestClient(make_app(services.settings)) as client:
        yield client


@pytest.fixture
def client_without_queue(services: servers.Services) -> Iterator[TestClient]:
    """The API with the database only."""
    nowhere = f"redis://127.0.0.1:{servers.free_port()}/0"
    with TestClient(make_app(replace(services.settings, redis_url=nowhere))) as client:
        yield client


@pytest.fixture
def client_alone() -> Iterator[TestClient]:
    """The API where neither server is."""
    nowhere = f"127.0.0.1:{servers.free_port()}"
    settings = Settings.from_environment(
        {
            "DATABASE_URL": f"postgresql://scoring@{nowhere}/scoring",
            "REDIS_URL": f"redis://{nowhere}",
        }
    )
    with TestClient(make_app(settings)) as client:
        yield client


@pytest.fixture
def leaving() -> dict[str, object]:
    """A customer who will leave."""
    return {
        "id": "C1",
        "tenure_months": 3,
        "monthly_fee": 49.9,
        "contract": "monthly",
        "support_tickets": 5,
        "late_payments": 2,
        "days_since_login": 40,
    }


@pytest.fixture
def loyal() -> dict[str, object]:
    """A customer who will stay."""
    return {
        "id": "C2",
        "tenure_months": 60,
        "monthly_fee": 49.9,
        "contract": "yearly",
        "support_tickets": 0,
        "late_payments": 0,
        "days_since_login": 1,
    }
