FROM python:3.12-slim AS none
HEALTHCHECK NONE
FROM python:3.12-slim AS shell
HEALTHCHECK --interval=1m30s --timeout=3s --start-period=120s --start-interval=5s --retries=3 \
  CMD python -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health')" || exit 1
FROM python:3.12-slim AS exec
HEALTHCHECK --timeout=2s CMD ["python", "/app/healthy.py"]
FROM python:3.12-slim
healthcheck cmd true
