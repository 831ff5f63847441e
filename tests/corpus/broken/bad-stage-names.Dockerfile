FROM debian:12.9-slim AS 1st
FROM debian:12.9-slim AS -dash
FROM debian:12.9-slim AS "quoted name"
FROM debian:12.9-slim AS scratch
FROM debian:12.9-slim IS build
