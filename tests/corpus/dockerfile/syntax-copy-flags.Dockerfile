# syntax=docker/dockerfile:1.7-labs
FROM debian:12.9-slim AS build
RUN touch /out
FROM debian:12.9-slim
COPY --from=build --chown=1000:1000 --chmod=0755 --link /out /out
COPY --parents ./src/./a/b.txt ./src/c.txt /dst/
COPY --exclude=*.pyc --exclude=tests/** src /src/
COPY --chmod=u=rwX,go=rX bin/ /usr/local/bin/
COPY --chown=app:app ["with space.txt", "/with space/"]
COPY --from=nginx:1.27.3 /etc/nginx/nginx.conf /etc/nginx/
