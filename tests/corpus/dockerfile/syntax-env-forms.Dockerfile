FROM debian:12.9-slim
ENV LEGACY one two  three
ENV A=1 B='two words' C="three \"words\"" D=four\ words E=
ENV PATH=/opt/bin:$PATH PREFIX=${A:-none}
ENV SELF=$SELF/x OTHER=$A
ENV "quoted key"=value
ENV X='$A' Y="$A" Z=\$A
LABEL "com.example.key"='value' multi="line one \
line two"
LABEL legacy label value
ARG ONE TWO=2 THREE="th ree"
