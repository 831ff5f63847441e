FROM vllm/vllm-openai:latest
ENV HF_TOKEN=hf_AbCdEfGhIjKlMnOpQrStUvWxYz012345
ENV VLLM_USE_V1=1
EXPOSE 8000
ENTRYPOINT ["python3", "-m", "vllm.entrypoints.openai.api_server", "--model", "meta-llama/Llama-3.1-8B-Instruct", "--host", "0.0.0.0"]
