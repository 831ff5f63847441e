FROM debian:12.9-slim
RUN echo a \
 && echo b \
 && echo c
ENV A=1
CMD ["true"]
