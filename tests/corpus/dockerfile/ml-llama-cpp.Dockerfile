ARG UBUNTU=22.04
FROM ubuntu:${UBUNTU} AS build
ARG GGML_CUDA=0
RUN apt-get update && apt-get install -y --no-install-recommends build-essential cmake git ca-certificates libcurl4-openssl-dev
WORKDIR /src
RUN git clone --depth 1 --branch b4400 https://github.com/ggerganov/llama.cpp . && \
    cmake -B build -DGGML_CUDA=${GGML_CUDA} && cmake --build build --config Release -j"$(nproc)"
FROM ubuntu:${UBUNTU}
RUN apt-get update && apt-get install -y --no-install-recommends libcurl4 libgomp1 && rm -rf /var/lib/apt/lists/*
COPY --from=build /src/build/bin/llama-server /usr/local/bin/
ENTRYPOINT ["llama-server", "--host", "0.0.0.0"]
