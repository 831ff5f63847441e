FROM debian:12.9-slim
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
RUN if [ -f /etc/debian_version ]; then echo debian; elif [[ -z "${X:-}" ]]; then echo none; else echo other; fi
RUN for package in curl git; do apt-get install -y "$package"; done
RUN case "$(uname -m)" in x86_64) arch=amd64 ;; aarch64) arch=arm64 ;; *) exit 1 ;; esac; echo "$arch"
RUN while read -r line; do echo "$line"; done < /etc/passwd
RUN (cd /tmp && pwd); { echo a; echo b; } > /out 2>&1
RUN install_it() { apt-get install -y "$@"; }; install_it git
RUN export A=1 B=2 && env C=3 sh -c 'echo "$C" && pip install flask' && unset A
RUN time nice -n 5 env -u X PATH=/bin sudo -E -u root sh -lc "echo deep"
RUN diff <(sort a) <(sort b) || true
RUN echo "a;b && c | d" 'x || y' \; z & wait
RUN [ "$(cat /etc/hostname | wc -c)" -gt 0 ] && echo `date`
RUN set -x; cat <<'END'
not a heredoc body: the next line is an instruction
RUN true
END
