FROM debian:12.9-slim
RUNN apt-get update
INCLUDE common.dockerfile
 && echo stray
