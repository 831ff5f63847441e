FROM python:3.12-slim
ARG REVISION VERSION=0.1.0 CREATED
LABEL org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.created="$CREATED" \
      org.opencontainers.image.source="https://example.org/team/project" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY app.py /
USER 1000
CMD ["python", "/app.py"]
