FROM python:3.12.8-slim-bookworm AS build
ENV POETRY_VIRTUALENVS_IN_PROJECT=1 POETRY_NO_INTERACTION=1
RUN pip install --no-cache-dir poetry==1.8.5
WORKDIR /app
COPY pyproject.toml poetry.lock ./
RUN poetry install --only main --no-root --no-ansi && rm -rf /root/.cache/pypoetry
COPY src ./src
RUN poetry install --only main --no-ansi
FROM python:3.12.8-slim-bookworm
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1
USER 65532
CMD ["python", "-m", "app"]
