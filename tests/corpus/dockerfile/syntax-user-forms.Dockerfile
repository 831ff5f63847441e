FROM debian:12.9-slim
RUN groupadd --gid 10001 app && useradd --uid 10001 --gid app --no-log-init app
USER app
USER app:app
USER 10001
USER 10001:0
USER ${RUN_AS:-app}
USER root
