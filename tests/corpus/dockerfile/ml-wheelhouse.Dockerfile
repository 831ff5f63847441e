FROM python:3.12-slim AS wheels
COPY requirements.txt .
RUN pip wheel --wheel-dir /wheels -r requirements.txt
FROM python:3.12-slim
COPY --from=wheels /wheels /wheels
RUN pip install --no-index --find-links=/wheels -r /wheels/requirements.txt
RUN rm -rf /wheels
CMD ["python"]
