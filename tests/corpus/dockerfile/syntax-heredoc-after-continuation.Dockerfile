FROM debian:12.9-slim
RUN --mount=type=tmpfs,target=/scratch \
    --network=none \
    <<EOF
cat > /etc/motd <<INNER
nested text
INNER
EOF
ENV AFTER=1
