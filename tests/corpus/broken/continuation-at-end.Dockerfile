FROM debian:12.9-slim
RUN echo a && \
