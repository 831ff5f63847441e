ARG TARGET_STAGE=gpu
FROM debian:12.9-slim AS base
RUN touch /base
FROM base AS cpu
RUN touch /cpu
FROM base AS gpu
RUN touch /gpu
FROM cpu AS test
COPY --from=gpu /gpu /from-gpu
COPY --from=0 /base /from-zero
FROM ${TARGET_STAGE} AS chosen
FROM scratch AS export
COPY --from=test /cpu /
FROM chosen
COPY --from=busybox:1.37 /bin/busybox /bin/
