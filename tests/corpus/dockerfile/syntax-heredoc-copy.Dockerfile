# syntax=docker/dockerfile:1
FROM nginx:1.27.3-alpine
ARG UPSTREAM=api:8000
COPY <<EOF /etc/nginx/conf.d/default.conf
upstream model { server ${UPSTREAM}; }
server {
    listen 8080;
    location / { proxy_pass http://model; }
}
EOF
COPY --chmod=0755 <<'EOF' /docker-entrypoint.d/10-check.sh
#!/bin/sh
# COPY is not an instruction here: ${NOT_EXPANDED}
exit 0
EOF
COPY <<robots.txt <<index.html /usr/share/nginx/html/
User-agent: *
robots.txt
<p>ready</p>
index.html
ADD <<-TABS /tabs
	first
	TABS
