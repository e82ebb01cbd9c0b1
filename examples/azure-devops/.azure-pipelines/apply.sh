#!/usr/bin/env bash
# Applies the plan of this run, and keeps the receipt. Run again, it goes on
# where it stopped.
set -euo pipefail
. "$(dirname "$0")/sign-in.sh"

dir=$BUILD_ARTIFACTSTAGINGDIRECTORY
# The last attempt to plan is the one that was approved.
plan=$(find "$PIPELINE_WORKSPACE" -path '*/plan-*/plan.json' | sort --version-sort | tail -n 1)
code=0
licensectl apply "${plan:?there is no plan}" --receipt "$dir/receipt.jsonl" || code=$?
if [ -s "$dir/receipt.jsonl" ]; then
    licensectl show "$dir/receipt.jsonl" -o markdown >"$dir/receipt.md"
    echo "##vso[task.uploadsummary]$dir/receipt.md"
fi
if [ "$code" = 0 ]; then
    # What the tenant holds now is what the nightly run compares with.
    licensectl snapshot --redact --out "$dir/baseline.json"
fi
exit "$code"
