FROM debian:12.9-slim
ENV A="never closed
LABEL b='neither
RUN echo "open
