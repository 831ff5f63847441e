FROM debian:12.9-slim
RUN echo one \
  # a comment between
 && echo two \
    # another, indented

 && echo three \   
 && echo four
RUN echo 'a\\' && \
	echo tab
ENV A=1 \
    B="two words" \
    C=three\ words
EX\
POSE 80\
80
LABEL last="continued" \
