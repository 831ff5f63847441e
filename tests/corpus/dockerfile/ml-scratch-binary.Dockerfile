FROM rust:1.83-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked
FROM scratch
COPY --from=build /src/target/release/embed /embed
USER 65532:65532
ENTRYPOINT ["/embed"]
