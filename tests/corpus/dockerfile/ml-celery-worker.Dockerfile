FROM python:3.12-slim
ENV PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY worker ./worker
RUN adduser --system --uid 1001 worker
USER 1001
STOPSIGNAL SIGTERM
CMD ["celery", "-A", "worker.app", "worker", "--loglevel=info", "--concurrency=2"]
