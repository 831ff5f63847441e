FROM debian:${12
ENV A=${B
ENV C=${D:
ENV E=${F:*x}
ENV G=${H:-${I}
ENV J=$ K=${} L=${:-x}
COPY ${A /x
