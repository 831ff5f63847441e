FROM debian:12.9-slim
CMD ["a", 1]
CMD ["a", ["b"]]
CMD ["a" "b"]
CMD ["a",]
CMD ["unterminated
ENTRYPOINT {"a": "b"}
COPY ["only-one"]
SHELL []
SHELL ["a", null]
