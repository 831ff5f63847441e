FROM python:3.12-slim
RUN pip install poetry
WORKDIR /app
COPY . .
RUN poetry config virtualenvs.create false && poetry install
CMD ["poetry", "run", "python", "-m", "app"]
