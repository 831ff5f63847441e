# syntax=docker/dockerfile:1
# Every instruction once, each in its plainest form.
ARG DEBIAN=12.9
FROM debian:${DEBIAN}-slim AS first
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ARG VERSION=1.0
ENV APP_HOME=/srv/app
LABEL org.opencontainers.image.title="every" org.opencontainers.image.version="1.0.0"
WORKDIR $APP_HOME
COPY a.txt .
ADD b.tar.gz ./b/
RUN echo "$VERSION" | tee version.txt
EXPOSE 8000/tcp
VOLUME /srv/app/state
STOPSIGNAL SIGTERM
USER 10001:10001
HEALTHCHECK --interval=30s CMD ["/bin/true"]
ONBUILD COPY . .
ENTRYPOINT ["/bin/echo"]
CMD ["hello"]
