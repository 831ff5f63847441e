ARG BASE=nvcr.io/nvidia/l4t-pytorch:r35.2.1-pth2.0-py3
FROM ${BASE}
ENV LANG=C.UTF-8
RUN pip3 install --no-cache-dir --verbose ultralytics && rm -rf ~/.cache
WORKDIR /opt
