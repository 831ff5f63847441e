ARG REGISTRY=docker.io/library
ARG PYTHON=3.12
ARG VARIANT=${PYTHON}-slim
ARG UNSET
FROM --platform=${BUILDPLATFORM:-linux/amd64} ${REGISTRY}/python:${VARIANT} AS base
ARG PYTHON
RUN python${PYTHON} --version
FROM base${UNSET:+-other} AS next
FROM ${UNSET:-base} AS last
FROM python:${PYTHON#3.}${PYTHON%.*}
