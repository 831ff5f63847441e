FROM python:3.12-slim
COPY entrypoint.sh /
RUN chmod +x /entrypoint.sh
STOPSIGNAL SIGKILL
ENTRYPOINT /entrypoint.sh
CMD python -m app "$@"
