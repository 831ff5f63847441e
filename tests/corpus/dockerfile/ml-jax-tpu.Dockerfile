FROM python:3.11-slim
RUN pip install --no-cache-dir "jax[tpu]==0.4.38" -f https://storage.googleapis.com/jax-releases/libtpu_releases.html
COPY train.py /
CMD ["python", "-u", "/train.py"]
