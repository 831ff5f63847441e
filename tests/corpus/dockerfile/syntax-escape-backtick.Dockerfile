# escape=`
FROM debian:12.9-slim
RUN echo one && `
    echo two \
RUN echo "C:\path\"
ENV TICK=``
COPY a.txt `
     b.txt `
     C:/dst/
