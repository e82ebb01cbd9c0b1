#!/usr/bin/env bash
# Compares the tenant with manifests/, telling what was changed in the tenant
# from what is not applied yet if the last apply has left a baseline. Ends with
# the exit code of licensectl: 2 means that something differs.
set -euo pipefail
. "$(dirname "$0")/sign-in.sh"

dir=$BUILD_ARTIFACTSTAGINGDIRECTORY
baseline=$(find "$PIPELINE_WORKSPACE" -path '*/receipt-*/baseline.json' | sort --version-sort | tail -n 1)
set --
if [ -n "$baseline" ]; then
    set -- --baseline "$baseline"
fi
code=0
licensectl drift -o markdown "$@" manifests >"$dir/drift.md" || code=$?
if [ -s "$dir/drift.md" ]; then
    echo "##vso[task.uploadsummary]$dir/drift.md"
fi
exit "$code"
