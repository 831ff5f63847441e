FROM python:3.12-slim
RUN --mount=type=secret,id=token cat /run/secrets/token > /root/token
RUN --mount=type=secret,id=token export TOKEN=$(cat /run/secrets/token) && echo $TOKEN
RUN --mount=type=secret,id=token cp /run/secrets/token /app/.token
RUN --mount=type=secret,id=pip,env=PIP_INDEX_URL env > /tmp/environment
