#!/usr/bin/env bash
# Installs the release that the workflow names. The go command holds what it
# downloads against the public checksum database, so a version is one content
# for everybody and for ever.
set -euo pipefail

GOBIN="$RUNNER_TEMP/bin" CGO_ENABLED=0 GOFLAGS=-trimpath \
    go install "github.com/licensectl/licensectl/cmd/licensectl@$RELEASE"
echo "$RUNNER_TEMP/bin" >>"$GITHUB_PATH"
"$RUNNER_TEMP/bin/licensectl" version
