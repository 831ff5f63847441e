# syntax=docker/dockerfile:1
FROM python:3.12.8-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
COPY requirements/base.txt requirements/
RUN pip install -r requirements/base.txt

FROM base AS test
COPY requirements/test.txt requirements/
RUN pip install -r requirements/test.txt
COPY . .
RUN pytest -q

FROM base AS train
COPY requirements/train.txt requirements/
RUN pip install -r requirements/train.txt
COPY train ./train
USER 10001
CMD ["python", "-m", "train"]

FROM base AS serve
COPY serve ./serve
USER 10001
EXPOSE 8080
CMD ["python", "-m", "serve"]
