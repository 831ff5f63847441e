FROM debian:12.9-slim
# Größe
LABEL a="é"
