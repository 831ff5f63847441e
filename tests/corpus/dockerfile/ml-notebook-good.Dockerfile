FROM quay.io/jupyter/minimal-notebook:2025-01-20
COPY --chown=${NB_UID}:${NB_GID} requirements.txt /tmp/
RUN pip install --no-cache-dir -r /tmp/requirements.txt && \
    fix-permissions "${CONDA_DIR}"
WORKDIR /home/jovyan/work
