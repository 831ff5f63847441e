# syntax=docker/dockerfile:1.9
FROM python:3.12-slim AS build
WORKDIR /src
RUN --mount=type=cache,target=/root/.cache/pip,sharing=locked,id=pip-$TARGETARCH \
    --mount=type=bind,source=requirements.txt,target=/tmp/requirements.txt,readonly \
    pip install -r /tmp/requirements.txt
RUN --mount=type=secret,id=token,required=true,mode=0400,uid=0,gid=0 \
    --mount=type=secret,id=index,env=PIP_INDEX_URL \
    pip install --no-cache-dir internal-package==2.1.0
RUN --mount=type=ssh,id=default git clone git@example.org:team/models.git
RUN --mount=type=tmpfs,target=/tmp,size=512m --network=none make -j4
RUN --mount=from=ghcr.io/astral-sh/uv:0.5.11,source=/uv,target=/bin/uv uv --version
FROM debian:12.9-slim
RUN --mount=target=.,rw --security=sandbox touch built
RUN --mount=type=bind,from=build,src=/src,dst=/from,ro true
RUN --device=vendor.example/gpu=all --mount=type=cache,destination=/c true
