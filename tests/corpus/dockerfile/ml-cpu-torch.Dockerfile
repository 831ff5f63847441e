FROM python:3.12-slim
RUN pip install --no-cache-dir torch==2.5.1 --index-url https://download.pytorch.org/whl/cpu
RUN pip install --no-cache-dir onnxruntime==1.20.1 scikit-learn==1.6.0
COPY predict.py /app/
ENTRYPOINT ["python", "/app/predict.py", "--device", "cpu"]
