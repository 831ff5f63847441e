# syntax=docker/dockerfile:1
FROM python:3.12-slim
COPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/uv
WORKDIR /app
COPY . .
RUN uv sync
RUN uv pip install --system torch --torch-backend=cu121
CMD ["uv", "run", "serve.py"]
