FROM continuumio/miniconda3:24.9.2-0 AS build
COPY conda-lock.yml /tmp/
RUN conda install -y -n base conda-lock=2.5.7 \
 && conda-lock install --prefix /opt/env /tmp/conda-lock.yml \
 && conda clean -afy
FROM debian:12.9-slim
COPY --from=build /opt/env /opt/env
ENV PATH=/opt/env/bin:$PATH
USER 10001
CMD ["python", "-m", "service"]
