# syntax = docker/dockerfile:1
# Check=skip=JSONArgsRecommended,StageNameCasing;error=false
# ESCAPE = \
# not-a-directive=true
# syntax=too/late:1
FROM debian:12.9-slim
# check=skip=WorkdirRelativePath
WORKDIR relative
CMD echo shell form
