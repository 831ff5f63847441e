"""Databases, brokers and stores are found by how the code connects to them."""

from __future__ import annotations

import pytest
from tests.project.inspected import inspected

from boxwright.project.evidence import Evidence
from boxwright.project.facts import Companion


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("redis", "import redis\nr = redis.Redis(host='cache')"),
        ("redis", "from redis.asyncio import Redis\nr = Redis.from_url(x)"),
        ("redis", "URL = 'rediss://cache:6379'"),
        ("postgres", "import psycopg\nc = psycopg.connect('host=db')"),
        ("postgres", "from psycopg_pool import AsyncConnectionPool\np = AsyncConnectionPool(x)"),
        ("postgres", "import asyncpg\nasync def f():\n    await asyncpg.create_pool(x)"),
        ("postgres", "URL = f'postgresql+asyncpg://{user}:{password}@{host}/app'"),
        ("mysql", "URL = 'mysql+pymysql://root@db/app'"),
        ("mongodb", "from pymongo import MongoClient\nc = MongoClient('mongodb://mongo')"),
        ("mongodb", "from motor.motor_asyncio import AsyncIOMotorClient as C\nc = C(x)"),
        ("rabbitmq", "import pika\nc = pika.BlockingConnection(pika.ConnectionParameters('mq'))"),
        ("rabbitmq", "BROKER = 'amqp://guest@mq//'"),
        ("kafka", "from aiokafka import AIOKafkaConsumer\nc = AIOKafkaConsumer('t')"),
        ("kafka", "from confluent_kafka import Producer\np = Producer({})"),
        ("elasticsearch", "from elasticsearch import Elasticsearch\ne = Elasticsearch(x)"),
        ("opensearch", "from opensearchpy import OpenSearch\ne = OpenSearch(x)"),
        ("qdrant", "from qdrant_client import QdrantClient\nq = QdrantClient(host='q', port=6333)"),
        ("weaviate", "import weaviate\nw = weaviate.connect_to_local()"),
        ("chroma", "import chromadb\nc = chromadb.HttpClient(host='c')"),
        ("milvus", "from pymilvus import connections\nconnections.connect(host='m')"),
        ("minio", "from minio import Minio\nm = Minio('minio:9000')"),
        ("minio", "import boto3\ns = boto3.client('s3', endpoint_url='http://minio:9000')"),
        ("memcached", "from pymemcache.client.base import Client\nc = Client('m')"),
        ("mlflow", "import mlflow\nmlflow.set_tracking_uri('http://mlflow:5000')"),
        ("influxdb", "from influxdb_client import InfluxDBClient\ni = InfluxDBClient(url=x)"),
        ("neo4j", "from neo4j import GraphDatabase\nd = GraphDatabase.driver('bolt://n')"),
        ("clickhouse", "import clickhouse_connect\nc = clickhouse_connect.get_client(host='c')"),
        ("triton", "import tritonclient.http as h\nc = h.InferenceServerClient('t:8000')"),
        ("ollama", "import ollama\nollama.chat(model='x')"),
    ],
)  # fmt: skip
def test_a_connection_shows_the_service(kind: str, source: str) -> None:
    found = inspected({"main.py": f"{source}\n"}).companions

    assert [(each.kind, each.is_certain) for each in found] == [(kind, True)]


@pytest.mark.parametrize(
    "source",
    [
        "URL = 'sqlite:///app.db'",
        '"""Reads redis://host/0 and postgres://host/db."""',
        "from qdrant_client import QdrantClient\nq = QdrantClient(':memory:')",
        "from qdrant_client import QdrantClient\nq = QdrantClient(path='q')",
        "import chromadb\nc = chromadb.PersistentClient(path='c')",
        "from pymilvus import MilvusClient\nc = MilvusClient('./milvus.db')",
        "import mlflow\nmlflow.set_tracking_uri('file:./mlruns')",
        "import mlflow\nmlflow.set_tracking_uri('sqlite:///mlflow.db')",
        "import boto3\ns = boto3.client('s3')",
        "import boto3\ns = boto3.client('s3', endpoint_url='https://s3.eu-west-1.amazonaws.com')",
        "URL = 'https://example.org:9200'",
    ],
)
def test_what_needs_no_service_shows_none(source: str) -> None:
    assert inspected({"main.py": f"{source}\n"}).companions == ()


def test_variables_and_evidence_lead_to_the_service() -> None:
    found = inspected(
        {
            "requirements.txt": "redis\npsycopg2-binary\nsqlalchemy\n",
            "settings.py": """
                import os
                REDIS_URL = os.environ.get("REDIS_URL", "redis://:hunter2@localhost:6379/0")
                DATABASE = os.environ["DATABASE_URL"]
                PASSWORD = os.environ["DB_PASSWORD"]
            """,
            "store.py": """
                from sqlalchemy import create_engine
                from settings import DATABASE
                engine = create_engine(DATABASE)
            """,
        }
    ).companions

    assert found == (
        Companion(
            kind="postgres",
            evidence=(
                Evidence("store.py", 4, "create_engine()"),
                Evidence("requirements.txt", 2, "psycopg2-binary"),
            ),
            is_certain=True,
            variables=("DATABASE_URL", "DB_PASSWORD"),
        ),
        Companion(
            kind="redis",
            evidence=(
                Evidence("settings.py", 3, "redis://localhost:6379/0"),
                Evidence("requirements.txt", 1, "redis"),
            ),
            is_certain=True,
            variables=("REDIS_URL",),
        ),
    )


def test_a_client_alone_is_no_certainty() -> None:
    found = inspected({"requirements.txt": "pymongo\nchromadb\nboto3\nmlflow\n", "main.py": ""})

    assert [(each.kind, each.is_certain) for each in found.companions] == [("mongodb", False)]


def test_types_of_settings_show_the_service() -> None:
    found = inspected(
        {
            "config.py": """
                from pydantic import PostgresDsn, RedisDsn
                from pydantic_settings import BaseSettings
                class Settings(BaseSettings):
                    database: PostgresDsn
                    cache: RedisDsn | None = None
            """
        }
    ).companions

    assert [(each.kind, each.is_certain) for each in found] == [("postgres", True), ("redis", True)]


def test_an_example_of_env_gives_names_and_never_values() -> None:
    found = inspected(
        {
            "main.py": "import psycopg\npsycopg.connect()\n",
            ".env.example": "POSTGRES_PASSWORD=hunter2\nCACHE=redis://:hunter2@redis:6379\n",
        }
    )

    assert [(each.kind, each.variables) for each in found.companions] == [
        ("postgres", ("POSTGRES_PASSWORD",)),
        ("redis", ("CACHE",)),
    ]
    assert "hunter2" not in repr(found)


def test_a_compose_file_of_somebody_shows_services() -> None:
    compose = "services:\n  db:\n    image: postgres:16\n  app:\n    build: .\n"
    found = inspected({"main.py": "", "docker-compose.yml": compose}).companions

    assert [(each.kind, [str(e) for e in each.evidence]) for each in found] == [
        ("postgres", ["docker-compose.yml:3"])
    ]


@pytest.mark.parametrize(
    ("requirements", "kind", "is_certain"),
    [("celery[redis]\n", "redis", True), ("celery\n", "rabbitmq", False)],
)
def test_the_broker_of_celery(requirements: str, kind: str, is_certain: bool) -> None:
    text = (
        "import os\nfrom celery import Celery\napp = Celery('x', broker=os.environ['BROKER_URL'])\n"
    )
    found = inspected({"requirements.txt": requirements, "worker.py": text}).companions

    assert [(each.kind, each.variables) for each in found] == [(kind, ("BROKER_URL",))]


def test_a_contradiction_between_default_and_client_is_shown() -> None:
    found = inspected(
        {
            "requirements.txt": "sqlalchemy\npsycopg\n",
            "db.py": """
                import os
                from sqlalchemy import create_engine
                engine = create_engine(os.getenv("DATABASE_URL", "sqlite:///app.db"))
            """,
        }
    )

    assert [(each.kind, each.is_certain) for each in found.companions] == [("postgres", False)]
    assert [remark.text for remark in found.remarks] == [
        "the database is SQLite by default, and a client for PostgreSQL is a dependency"
    ]


def test_databases_of_django_are_found() -> None:
    text = """
        DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}
        CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache"}}
    """
    found = inspected({"site/settings.py": text, "site/__init__.py": ""}).companions

    assert [each.kind for each in found] == ["postgres", "redis"]
