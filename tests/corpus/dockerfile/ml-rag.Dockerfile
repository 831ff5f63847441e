FROM python:3.11-slim-bullseye
ENV PYTHONUNBUFFERED 1
ENV OPENAI_API_KEY ""
WORKDIR /code
COPY ./requirements.txt /code/requirements.txt
RUN pip install --no-cache-dir --upgrade -r /code/requirements.txt
COPY ./app /code/app
RUN python /code/app/ingest.py --source /code/app/docs
CMD ["uvicorn", "app.main:app", "--proxy-headers", "--host", "0.0.0.0", "--port", "80", "--workers", "4"]
