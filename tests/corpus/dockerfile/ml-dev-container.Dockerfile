FROM mcr.microsoft.com/devcontainers/python:1-3.12-bookworm
RUN su vscode -c "pip install --user ruff mypy" 2>&1
RUN apt-get update && export DEBIAN_FRONTEND=noninteractive \
    && apt-get -y install --no-install-recommends graphviz
