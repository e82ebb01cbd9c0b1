#!/usr/bin/env bash
# Compares the tenant with manifests/, telling what was changed in the tenant
# from what is not applied yet if the last apply has left a baseline. Ends with
# the exit code of licensectl: 2 means that something differs.
set -euo pipefail
. "$(dirname "$0")/sign-in.sh"

dir=$BUILD_ARTIFACTSTAGINGDIRECTORY
set -- manifests
# The artifacts of the last apply lie beside the checkout, one folder for each
# attempt: the last one is its end.
if [ -d "$PIPELINE_WORKSPACE/licenses" ]; then
    baseline=$(find "$PIPELINE_WORKSPACE/licenses" -mindepth 2 -maxdepth 2 -path '*/receipt-*/baseline.json' | sort --version-sort | tail -n 1)
    [ -z "$baseline" ] || set -- --baseline "$baseline" "$@"
fi
code=0
licensectl drift -o json "$@" >"$dir/drift.json" || code=$?
# Drift is what the document says: a program that was killed may end with any
# code.
if ! licensectl show --drift "$dir/drift.json" -o markdown >"$dir/drift.md"; then
    rm -f "$dir"/drift.*
    echo "##vso[task.logissue type=error]The tenant was not compared (exit code $code)."
    exit 1
fi
licensectl show --drift "$dir/drift.json" -o html >"$dir/drift.html"
echo "##vso[task.uploadsummary]$dir/drift.md"
exit "$code"
