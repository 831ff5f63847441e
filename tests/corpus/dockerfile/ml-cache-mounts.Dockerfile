# syntax=docker/dockerfile:1
FROM python:3.12-slim
RUN --mount=type=cache,target=/root/.cache/pip pip install --no-cache-dir flask==3.1.0
USER 1000
RUN --mount=type=cache,target=/root/.cache/pip pip install --user flask==3.1.0
RUN --mount=type=cache,target=/home/app/.cache/uv,uid=1000 uv pip install numpy
USER root
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked \
    rm -f /etc/apt/apt.conf.d/docker-clean && apt-get update && apt-get install -y git
RUN --mount=type=cache,target=/var/cache/apt apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/* && apt-get clean
