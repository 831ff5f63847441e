FROM nvidia/cuda:12.6.0-runtime-ubuntu24.04
RUN apt-get update && apt-get install -y python3-pip
RUN pip install --break-system-packages torch==2.0.1+cu118 --extra-index-url https://download.pytorch.org/whl/cu118
RUN pip install --break-system-packages cupy-cuda12x faiss-gpu-cu11 "jax[cuda12]" tensorflow[and-cuda] onnxruntime-gpu
ENV CUDA_VISIBLE_DEVICES=0
