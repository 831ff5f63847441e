FROM debian:12.9-slim
ARG NAME=a/b/c.tar.gz
ARG EMPTY=
ENV D1=${NAME:-x} D2=${EMPTY-x} D3=${EMPTY:-x} D4=${NAME:+set} D5=${EMPTY+set}
ENV E1=${NAME#*/} E2=${NAME##*/} E3=${NAME%.*} E4=${NAME%%.*}
ENV F1=${NAME/b/B} F2=${NAME//\//-}
ENV G1="${NAME:?must be set}" G2="${NAME?must be set}"
ENV H1=${UNDEFINED:-${NAME:-deep}} H2="${NAME}$D1" H3='${NAME}'
WORKDIR /srv/${NAME%%/*}
USER ${EMPTY:-1000}
COPY ${NAME} $D1 /dst/
