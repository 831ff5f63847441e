FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends supervisor nginx openssh-server && rm -rf /var/lib/apt/lists/*
RUN echo 'root:changeme' | chpasswd
COPY supervisord.conf /etc/supervisor/conf.d/
EXPOSE 22 80
CMD ["/usr/bin/supervisord", "-n"]
