# syntax=docker/dockerfile:1
FROM pytorch/pytorch:2.5.1-cuda12.4-cudnn9-runtime
ENV PYTHONUNBUFFERED=1 HF_HOME=/cache/huggingface TORCH_HOME=/cache/torch
WORKDIR /workspace
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=bind,source=requirements.lock,target=/tmp/requirements.lock \
    pip install -r /tmp/requirements.lock
COPY --chown=10001:10001 train/ ./train/
RUN useradd --no-log-init --uid 10001 trainer && install -d -o 10001 /cache /checkpoints
USER 10001
VOLUME ["/checkpoints"]
STOPSIGNAL SIGINT
ENTRYPOINT ["tini", "--", "torchrun", "--standalone"]
CMD ["train/main.py", "--checkpoints", "/checkpoints"]
