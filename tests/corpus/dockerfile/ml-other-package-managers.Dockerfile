FROM fedora:41 AS fedora
RUN dnf install python3-pip && dnf -y update
RUN microdnf install -y git && yum install -y gcc
FROM opensuse/leap:15.6 AS suse
RUN zypper install python311 && zypper dup
FROM alpine AS alpine
RUN apk update && apk upgrade && apk add python3 py3-pip
FROM node:22-slim AS node
RUN npm install -g yarn && yarn install && npm config set strict-ssl false
FROM ruby:3.4
RUN gem install bundler rails
