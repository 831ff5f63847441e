FROM python:3.12-alpine
RUN apk add gcc musl-dev linux-headers
RUN pip install --no-cache-dir torch onnxruntime scikit-learn
COPY app.py .
CMD ["python", "app.py"]
