FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04
RUN apt-get update && apt-get install -y python3-pip
RUN pip3 install torch==2.5.1 transformers==4.47.0 gunicorn flask
COPY app.py /app/app.py
WORKDIR /app
CMD ["gunicorn", "--preload", "--workers", "4", "--bind", "0.0.0.0:5000", "app:app"]
