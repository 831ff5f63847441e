FROM python:3.12-slim
RUN pip install --no-cache-dir opencv-python==4.10.0.84 pytest==8.3.4 jupyterlab==4.3.4 tensorboard==2.18.0
COPY detect.py /
ENTRYPOINT ["python", "/detect.py"]
