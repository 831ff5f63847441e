FROM debian:12.9-slim
WORKDIR /srv
WORKDIR app
WORKDIR ../other
WORKDIR "with space"
WORKDIR $HOME/src
WORKDIR C:\windows
WORKDIR /
