FROM python:3.12.8-alpine3.21
RUN apk add --no-cache libstdc++=14.2.0-r4
RUN pip install --no-cache-dir --only-binary=:all: numpy==2.2.1
USER 65534
CMD ["python", "-c", "import numpy"]
