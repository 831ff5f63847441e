FROM python:3.12-slim
COPY worker worker
CMD ["python", "-m", "worker"]
