FROM debian:12.9-slim AS unused
RUN touch /unused
FROM debian:12.9-slim AS also-unused
COPY --from=unused /unused /
FROM debian:12.9-slim
CMD ["true"]
