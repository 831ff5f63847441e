"""The stand-ins of `dev/images` in a stack, as hardened as a stack of ours is."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.engine, pytest.mark.network, pytest.mark.slow]

STACK = """\
x-hardened: &hardened
  user: "999:999"
  read_only: true
  cap_drop: [ALL]
  security_opt: ["no-new-privileges:true"]
  init: true
  restart: unless-stopped
  stop_grace_period: 5s
  networks: [back]
services:
  cache:
    <<: *hardened
    image: redis:8.0-trixie
    command: ["redis-server", "--save", "", "--maxmemory", "32mb"]
    tmpfs: [/data]
    deploy: {resources: {limits: {cpus: "0.5", memory: 64M, pids: 50}}}
    healthcheck: {test: [CMD, redis-cli, ping], interval: 1s, timeout: 5s, start_period: 30s}
  db:
    <<: *hardened
    image: postgres:17-trixie
    environment:
      POSTGRES_USER: app
      POSTGRES_DB: shop
      POSTGRES_PASSWORD_FILE: /run/secrets/password
    secrets: [password]
    tmpfs: [/tmp, /run/postgresql]
    volumes:
      - data:/var/lib/postgresql/data
      - ./tables.sql:/docker-entrypoint-initdb.d/tables.sql:ro
    deploy: {resources: {limits: {cpus: "1", memory: 256M, pids: 100}}}
    healthcheck:
      test: [CMD, pg_isready, --host=127.0.0.1, --username=app, --dbname=shop]
      interval: 1s
      timeout: 5s
      start_period: 60s
  client:
    <<: *hardened
    image: postgres:17-trixie
    command: [sleep, infinity]
    depends_on:
      cache: {condition: service_healthy}
      db: {condition: service_healthy}
networks:
  back: {internal: true}
volumes:
  data:
secrets:
  password: {file: ./password}
"""
BUILT_BY_UV = """\
FROM python:3.13-slim-trixie AS builder
COPY --from=ghcr.io/astral-sh/uv:0.9.5 /uv /uvx /bin/
ENV UV_PYTHON_DOWNLOADS=never
RUN uv --version && uv venv --python /usr/local/bin/python3.13 /opt/venv

FROM python:3.13-slim-trixie
COPY --from=builder /opt/venv /opt/venv
USER 10001:10001
CMD ["/opt/venv/bin/python", "-c", "import os, sys; print(sys.prefix, os.getuid())"]
"""


def test_a_hardened_stack_of_redis_and_postgresql_answers(stand_in, compose, tmp_path) -> None:
    stand_in("redis", "redis:8.0-trixie")
    stand_in("postgres", "postgres:17-trixie")
    (tmp_path / "compose.yaml").write_text(STACK)
    (tmp_path / "tables.sql").write_text("CREATE TABLE goods (name text);\n")
    (tmp_path / "password").write_text("not a secret\n")
    (tmp_path / "password").chmod(0o644)

    compose(tmp_path, "up", "--wait", "--wait-timeout", "120")

    query = "SELECT 1, current_user, (SELECT count(*) FROM goods)"
    login = "postgresql://app:not%20a%20secret@db/shop"
    assert compose(tmp_path, "exec", "-T", "client", "psql", "-Atc", query, login) == "1|app|0\n"
    assert compose(tmp_path, "exec", "-T", "cache", "redis-cli", "-h", "cache", "ping") == "PONG\n"
    assert compose(tmp_path, "exec", "-T", "db", "id", "-u") == "999\n"


def test_a_dockerfile_builds_with_the_stand_ins_of_python_and_uv(
    stand_in, compose, tmp_path
) -> None:
    stand_in("python", "python:3.13-slim-trixie")
    stand_in("uv", "ghcr.io/astral-sh/uv:0.9.5")
    (tmp_path / "Dockerfile").write_text(BUILT_BY_UV)
    (tmp_path / "compose.yaml").write_text("services: {app: {build: ., read_only: true}}\n")

    compose(tmp_path, "build", "--quiet")

    assert compose(tmp_path, "run", "--rm", "-T", "app") == "/opt/venv 10001\n"
