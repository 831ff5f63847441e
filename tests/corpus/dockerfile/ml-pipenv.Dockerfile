FROM python:3.9-slim-buster
RUN pip install pipenv
COPY Pipfile Pipfile.lock ./
RUN pipenv install --system --deploy
COPY . .
ENTRYPOINT python predict.py
