FROM nvidia/cuda:12.6.3-cudnn-runtime-ubuntu24.04 AS run
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-venv ffmpeg && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /venv && /venv/bin/pip install --no-cache-dir faster-whisper==1.1.0
ENV PATH=/venv/bin:$PATH WHISPER_MODEL=small
COPY server.py /srv/
USER ubuntu
EXPOSE 9000
CMD ["python", "/srv/server.py"]
