# syntax=docker/dockerfile:1
FROM debian:12.9-slim
RUN <<EOF
set -eu
apt-get update
apt-get install -y --no-install-recommends libgomp1
rm -rf /var/lib/apt/lists/*
EOF
RUN <<-"QUOTED"
	echo "$HOME is not expanded by the builder"
	QUOTED
RUN <<PYTHON python3 - && echo done
import sys
print(sys.version)
PYTHON
RUN <<EOF
#!/usr/bin/env python3
print("an interpreter of its own")
EOF
RUN cat <<ONE - <<TWO > /both
one
ONE
two
TWO
RUN echo $((1<<2)) && cat <<<"here string" && true
CMD ["true"]
