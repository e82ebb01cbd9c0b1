#!/bin/sh
# Plans, applies and plans again against the embedded Contoso tenant, in a
# folder of its own. Usage: demo.sh BINARY
set -eu

licensectl=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
contoso=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R "$contoso/../../manifests" "$work/manifests"
cp "$contoso/tenant.yaml" "$work/tenant.yaml"
cd "$work"
export LICENSECTL_EMULATE=tenant.yaml

run() {
    printf '\n$ licensectl %s\n' "$*"
    "$licensectl" "$@"
}

run plan
run apply --auto-approve
run plan --detailed-exitcode

# What nobody uses, in a tenant that tells it.
cp "$contoso/reclaim/manifests.yaml" "$work/reclaim.yaml"
cp "$contoso/reclaim/tenant.yaml" "$work/reclaim-tenant.yaml"
export LICENSECTL_EMULATE=reclaim-tenant.yaml
run plan reclaim.yaml
run explain amal.haddad@contoso.com reclaim.yaml
