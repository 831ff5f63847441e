FROM ghcr.io/prefix-dev/pixi:0.39.5 AS build
WORKDIR /app
COPY pixi.toml pixi.lock ./
RUN pixi install --locked
FROM python:3.12-slim AS pdm
RUN pip install --no-cache-dir pdm==2.22.1
COPY pyproject.toml pdm.lock /project/
RUN cd /project && pdm sync --prod --no-editable
FROM ubuntu:24.04
COPY --from=build /app/.pixi/envs/default /env
COPY --from=pdm /project/.venv /venv
CMD ["/env/bin/python", "-m", "app"]
