FROM debian:12.9-slim
RUN if true; then echo unfinished
RUN echo ) ( "
RUN && echo leading
RUN for in do done
RUN <<EOF
case x in
EOF
RUN $(
RUN a ||
