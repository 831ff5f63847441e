FROM python:3.12-slim
COPY models/ /app/models/
COPY checkpoints/epoch-10.ckpt weights.safetensors llama.gguf model.onnx /app/models/
COPY app.py /app/
RUN chown -R 1000:1000 /app && chmod -R 755 /app
USER 1000
CMD ["python", "/app/app.py"]
