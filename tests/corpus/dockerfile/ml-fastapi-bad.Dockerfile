FROM python
COPY . /app
WORKDIR app
RUN pip install -r requirements.txt
EXPOSE 8000
HEALTHCHECK CMD curl http://localhost:8080/health
CMD uvicorn main:app --reload --host 0.0.0.0 --port 8000
