# syntax=docker/dockerfile:1
FROM python:3.12-slim
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    pip install --no-cache-dir internal==1.0
RUN --mount=type=secret,id=netrc,target=/root/.netrc,mode=0600 \
    git clone --depth 1 --branch v1.0 https://example.org/team/private.git
RUN --mount=type=secret,id=index PIP_INDEX_URL="$(cat /run/secrets/index)" pip install --no-cache-dir other==2.0
ENV TOKENIZERS_PARALLELISM=false MAX_TOKENS=512 KEY_SIZE=2048 PASSWORD_FILE=/run/secrets/db HF_TOKEN_PATH=/run/secrets/hf
USER 1000
CMD ["python", "main.py"]
