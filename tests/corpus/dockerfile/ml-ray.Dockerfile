FROM rayproject/ray:2.40.0-py312-cu121
COPY --chown=ray:users requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY serve_app.py .
EXPOSE 8000 8265
CMD ["serve", "run", "serve_app:app", "--host", "0.0.0.0"]
