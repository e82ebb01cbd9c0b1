# A static program and certificates, as nobody, and nothing else: no shell, no
# package manager. make image builds it.
FROM --platform=$BUILDPLATFORM golang:1.26.8-bookworm@sha256:dc9ad6c05acc7a88e5b71bde60a5fe3bd4b9f0db209011711b464107438a8107 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY manifests manifests
COPY examples/contoso examples/contoso
COPY .ci/release/notices .ci/release/notices
COPY cmd cmd
COPY docs docs
COPY pkg pkg
ARG VERSION=devel
ARG TARGETOS=linux
ARG TARGETARCH=amd64
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.version=$VERSION" -o /out/licensectl ./cmd/licensectl
RUN go run .ci/release/notices/main.go /out/THIRD_PARTY_NOTICES.txt

FROM gcr.io/distroless/static-debian12:nonroot@sha256:d093aa3e30dbadd3efe1310db061a14da60299baff8450a17fe0ccc514a16639
ARG VERSION=devel
LABEL org.opencontainers.image.title="licensectl" \
      org.opencontainers.image.description="Microsoft 365 licenses as code" \
      org.opencontainers.image.source="https://github.com/licensectl/licensectl" \
      org.opencontainers.image.version="$VERSION"
COPY --from=build /out/licensectl /usr/local/bin/licensectl
COPY --from=build /out/THIRD_PARTY_NOTICES.txt /usr/share/doc/licensectl/THIRD_PARTY_NOTICES.txt
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/licensectl"]
