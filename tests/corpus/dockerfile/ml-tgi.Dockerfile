FROM ghcr.io/huggingface/text-generation-inference:2.4.1
ENV MODEL_ID=mistralai/Mistral-7B-v0.3 HUGGING_FACE_HUB_TOKEN=""
ENV TRANSFORMERS_CACHE=/data MAX_INPUT_TOKENS=4096 MAX_TOTAL_TOKENS=8192
EXPOSE 80
HEALTHCHECK CMD curl -f http://localhost:8080/health
CMD ["--port", "80"]
