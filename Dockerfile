# syntax=docker/dockerfile:1

FROM rust:1-bookworm AS build
# The image's own toolchain, instead of the download that rust-toolchain.toml would start.
ENV RUSTUP_TOOLCHAIN=$RUST_VERSION
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package dragoman && cp target/release/dragoman /usr/local/bin/dragoman

FROM debian:bookworm-slim
RUN useradd --system --user-group --home-dir /var/lib/dragoman --create-home dragoman
COPY --from=build /usr/local/bin/dragoman /usr/local/bin/dragoman
COPY examples/container.toml /etc/dragoman/dragoman.toml
USER dragoman
WORKDIR /var/lib/dragoman
# The signing keys; and the database, where it is SQLite.
VOLUME /var/lib/dragoman
EXPOSE 8080 8082
# bash opens the connection itself, so that the image needs no HTTP client.
HEALTHCHECK --interval=10s --timeout=8s --start-period=20s CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/127.0.0.1/9090 && printf 'GET /readyz HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["dragoman", "--config", "/etc/dragoman/dragoman.toml"]
CMD ["serve"]
