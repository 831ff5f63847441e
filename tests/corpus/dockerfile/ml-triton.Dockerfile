FROM nvcr.io/nvidia/tritonserver:24.12-py3
COPY model_repository /models
RUN pip install transformers
EXPOSE 8000 8001 8002
HEALTHCHECK --interval=10s CMD curl -f localhost:8000/v2/health/ready
CMD tritonserver --model-repository=/models --strict-model-config=false
