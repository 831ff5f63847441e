# syntax=docker/dockerfile:1
FROM --platform=$BUILDPLATFORM golang:1.23-alpine AS gateway
ARG TARGETOS TARGETARCH
WORKDIR /src
COPY gateway/go.mod gateway/go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY gateway .
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /gateway .
FROM --platform=$TARGETPLATFORM python:3.12-slim AS model
RUN pip install --no-cache-dir onnxruntime==1.20.1
FROM --platform=linux/amd64 scratch
COPY --from=gateway /gateway /gateway
COPY --from=model /usr/local /usr/local
ENTRYPOINT ["/gateway"]
