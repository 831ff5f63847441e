FROM docker.io/library/python:3.12.8-slim-bookworm@sha256:10f3aaab98db50cba827d3b33a91f39dc9ec2d02ca9b85cbc5008220d07b17f3 AS pinned
FROM localhost:5000/team/base:2025.01 AS local
FROM registry.example.org/team/base AS untagged
FROM ghcr.io/owner/image:main AS branch
FROM python:3 AS major
FROM ubuntu:rolling AS rolling
FROM debian:bullseye-slim AS old
FROM nvidia/cuda:12.4.1-base-ubuntu22.04
