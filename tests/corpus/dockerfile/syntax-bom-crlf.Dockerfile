# check=skip=StageNameCasing
# escape=`
FROM debian:12.9-slim AS Base
RUN echo one && `
    # comment
    echo two
COPY <<EOF /file
line
EOF
ENV A=1 `

    B=2
CMD ["true"]
