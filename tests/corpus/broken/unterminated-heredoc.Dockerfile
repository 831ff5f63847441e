FROM debian:12.9-slim
RUN <<EOF
echo never ends
CMD ["true"]
