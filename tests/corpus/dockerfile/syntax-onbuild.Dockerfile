FROM python:3.12-slim
ONBUILD COPY requirements.txt /app/
ONBUILD RUN --mount=type=cache,target=/root/.cache/pip \
    pip install -r /app/requirements.txt
ONBUILD RUN <<EOF
set -e
python -m compileall /app
EOF
ONBUILD ENV APP=/app
ONBUILD CMD ["python", "/app/main.py"]
