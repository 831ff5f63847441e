FROM pytorch/pytorch:2.5.1-cuda12.4-cudnn9-runtime
WORKDIR /workspace
COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY train.py .
RUN useradd --no-log-init --uid 10001 trainer
USER 10001
ENV PYTHONUNBUFFERED=1 HF_HOME=/checkpoints/hf
ENTRYPOINT ["torchrun", "--standalone", "--nproc_per_node=gpu", "train.py"]
