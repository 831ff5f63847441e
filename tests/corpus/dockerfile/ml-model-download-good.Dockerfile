# syntax=docker/dockerfile:1
FROM python:3.12.8-slim-bookworm AS weights
RUN pip install --no-cache-dir huggingface-hub==0.27.0
RUN --mount=type=secret,id=hf-token,env=HF_TOKEN \
    huggingface-cli download sentence-transformers/all-MiniLM-L6-v2 \
    --revision fa97f6e7cb1a59073dff9e6b13e2715cf7475ac9 --local-dir /weights
FROM python:3.12.8-slim-bookworm
ENV HF_HUB_OFFLINE=1 HF_HOME=/tmp/hf PYTHONUNBUFFERED=1
COPY --from=weights --link /weights /models/minilm
COPY --link app /app
USER 10001
CMD ["python", "-m", "app"]
