FROM debian:12.9-slim
MAINTAINER Somebody <somebody@example.org>
CMD ["true"]
