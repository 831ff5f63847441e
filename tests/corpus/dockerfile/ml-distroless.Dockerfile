FROM python:3.11-slim-bookworm AS build
COPY requirements.txt .
RUN pip install --no-cache-dir --target /packages -r requirements.txt
FROM gcr.io/distroless/python3-debian12:nonroot
COPY --from=build /packages /packages
COPY app.py /app.py
ENV PYTHONPATH=/packages
HEALTHCHECK CMD ["curl", "-f", "http://localhost:8000"]
ENTRYPOINT ["python3", "/app.py"]
