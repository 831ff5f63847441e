FROM vllm/vllm-openai:v0.6.6
ENV HF_HOME=/models/huggingface
VOLUME /models
USER 2000:0
EXPOSE 8000
HEALTHCHECK --start-period=600s --interval=30s \
    CMD ["python3", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health')"]
CMD ["--model", "mistralai/Mistral-7B-Instruct-v0.3", "--revision", "e0bc86c23ce5aae1db576c8cca6f06f1f73af2db"]
