FROM python:3.12-slim
ENV HF_HOME=/root/.cache/huggingface MPLCONFIGDIR=/root/.config
RUN pip install --no-cache-dir transformers==4.47.1 numba==0.60.0 matplotlib==3.10.0
USER 4711
CMD ["python", "-c", "import transformers"]
