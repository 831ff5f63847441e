
# A blank line ends the directives.
# escape=`
FROM debian:12.9-slim
   # indented comment
RUN echo "# not a comment" # the shell's comment
#
##
RUN true
