FROM python:3.11-bookworm AS build
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir numpy==2.2.1
FROM python:3.12-slim-bullseye
COPY --from=build /venv /venv
COPY --from=build /usr/local/lib/python3.11/site-packages /usr/local/lib/python3.12/site-packages
CMD ["/venv/bin/python", "-c", "import numpy"]
