FROM python:3.12-slim
RUN pip install mlflow psycopg2-binary boto3
EXPOSE 5000
CMD mlflow server --backend-store-uri postgresql://mlflow:mlflow@db/mlflow --default-artifact-root s3://mlflow --host 0.0.0.0
