# Two images from one source:
#
#   docker build --target pawl .    Pawl beside a Temporal cluster: one static program and nothing else, 30 MB
#   docker build --target demo .    the whole program, with a Temporal server inside, and a shell for the demo's hosts
#
# Neither needs the git directory. Say which version it is with --build-arg VERSION=0.2.0. A company's own repository,
# with jobs of its own, can use this file as it is, with a .dockerignore that lets its packages through.
#
# Base images are pinned by version. To pin one by content, write image:version@sha256:... with the digest that
# `docker buildx imagetools inspect image:version` shows.

FROM golang:1.26.8-bookworm AS source
WORKDIR /src
ENV CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-trimpath\ -buildvcs=false
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
# Pawl's own directory, and a folder for the files of the moment: an image without a shell cannot make them later.
RUN mkdir -p /image/var/lib/pawl /image/tmp && chmod 0700 /image/var/lib/pawl && chmod 1777 /image/tmp

FROM source AS slim
ARG VERSION=
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    go build -tags slim -ldflags "-s -w ${VERSION:+-X github.com/pawl-ops/pawl/app.version=$VERSION}" -o /image/usr/local/bin/pawl .

FROM source AS whole
ARG VERSION=
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    go build -ldflags "-s -w ${VERSION:+-X github.com/pawl-ops/pawl/app.version=$VERSION}" -o /image/usr/local/bin/pawl .

FROM debian:12.12-slim AS demo
# The Temporal server inside asks for the name of whoever it runs as.
RUN useradd --uid 65532 --home-dir /var/lib/pawl --no-create-home --shell /usr/sbin/nologin pawl
COPY --from=whole /image/usr/local/bin/pawl /usr/local/bin/pawl
COPY --from=whole --chown=65532:65532 /image/var/lib/pawl /var/lib/pawl
USER 65532:65532
WORKDIR /
VOLUME /var/lib/pawl
EXPOSE 8065
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=1m CMD ["/usr/local/bin/pawl", "ready"]
ENTRYPOINT ["/usr/local/bin/pawl"]
CMD ["demo", "--data", "/var/lib/pawl", "--listen", "0.0.0.0:8065", "--ui", ""]

# The last one is what `docker build .` makes. Zones are inside the program; whom to trust on the Web is not.
FROM scratch AS pawl
COPY --from=source /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=slim --chown=65532:65532 /image/var/lib/pawl /var/lib/pawl
COPY --from=slim /image/tmp /tmp
COPY --from=slim /image/usr/local/bin/pawl /usr/local/bin/pawl
# There is no list of users: who logs in to a host that names none, and where .ssh would be.
ENV USER=pawl HOME=/var/lib/pawl
USER 65532:65532
WORKDIR /
VOLUME /var/lib/pawl
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=1m CMD ["/usr/local/bin/pawl", "ready"]
ENTRYPOINT ["/usr/local/bin/pawl"]
CMD ["help"]
