# escape=x
# syntax=docker/dockerfile:1
# syntax=docker/dockerfile:1
FROM debian:12.9-slim
