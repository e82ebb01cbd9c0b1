#!/usr/bin/env bash
# Installs a release of licensectl into a folder: install.sh VERSION SHA256 FOLDER
#
# The archive is held against a checksum: the one that is given, or else that of
# the release. Where there is no archive for this machine, or it cannot be had,
# and no checksum was given, the program is built by the go command, which holds
# the source against the public checksum database. A checksum that does not fit
# is the end.
set -euo pipefail

version=$1 wanted=$2 folder=$3
from=${LICENSECTL_RELEASES:-https://github.com/licensectl/licensectl/releases/download}

[[ $version =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || { echo "\"$version\" is not a version such as v0.1.0" >&2; exit 1; }
[[ $wanted =~ ^([0-9a-f]{64})?$ ]] || { echo "the checksum is not one of SHA-256: 64 digits and letters from a to f" >&2; exit 1; }

# target gives the name of the archive for this machine; nothing where there is none.
target() {
    local system machine
    case $(uname -s) in
    Linux) system=linux ;;
    Darwin) system=darwin ;;
    MINGW* | MSYS* | CYGWIN*) system=windows ;;
    *) return 0 ;;
    esac
    case $(uname -m) in
    x86_64 | amd64) machine=amd64 ;;
    aarch64 | arm64) machine=arm64 ;;
    armv7*) machine=armv7 ;;
    *) return 0 ;;
    esac
    [ "$system" = windows ] && echo "licensectl_${version}_${system}_${machine}.zip" || echo "licensectl_${version}_${system}_${machine}.tar.gz"
}

sum() { if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1; }

get() { curl --fail --silent --show-error --location --proto '=https,file' --retry 3 --max-time 300 --output "$2" "$1"; }

# download puts the archive into the work folder.
download() {
    [ -n "$archive" ] && get "$from/$version/$archive" "$work/$archive" || return 1
    [ -n "$wanted" ] || get "$from/$version/SHA256SUMS" "$work/SHA256SUMS"
}

unpack() {
    case $archive in
    *.zip) unzip -q -o "$work/$archive" licensectl.exe -d "$folder" ;;
    *) tar -x -z -f "$work/$archive" -C "$folder" licensectl ;;
    esac
}

build() {
    command -v go >/dev/null || { echo "there is no archive of licensectl $version for this machine, and no go command to build it with" >&2; exit 1; }
    GOBIN=$folder CGO_ENABLED=0 GOFLAGS=-trimpath go install "github.com/licensectl/licensectl/cmd/licensectl@$version"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder"
archive=$(target)
if download; then
    [ -n "$wanted" ] || wanted=$(awk -v name="$archive" '$2 == name { print $1 }' "$work/SHA256SUMS")
    [ "$(sum "$work/$archive")" = "$wanted" ] || { echo "$archive does not have the checksum ${wanted:-of the release: it names none}" >&2; exit 1; }
    unpack
elif [ -n "$wanted" ]; then
    echo "$archive of $version could not be had, and only what has the checksum $wanted may be installed" >&2
    exit 1
else
    build
fi
"$folder/licensectl" version
if [ -n "${GITHUB_PATH:-}" ]; then
    echo "$folder" >>"$GITHUB_PATH"
    echo "path=$folder/licensectl" >>"$GITHUB_OUTPUT"
fi
