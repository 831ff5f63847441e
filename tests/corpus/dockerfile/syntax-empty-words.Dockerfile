FROM debian:12.9-slim
RUN ""
ENV EMPTY=""
LABEL empty=""
COPY "" /dst
RUN :
RUN
CMD
