FROM --unknown=1 debian:12.9-slim
COPY --chwon=1000 a b
RUN --mount type=cache true
RUN --mount=type=nonsense,target=/x true
RUN --mount=type=cache true
RUN --mount=type=bind,target true
HEALTHCHECK --intervall=5s CMD true
ADD --checksum=md5:abc https://example.org/a /a
EXPOSE --tcp 80
