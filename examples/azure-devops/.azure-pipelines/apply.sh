#!/usr/bin/env bash
# Applies the plan of this run, and keeps the receipt. Run again, it goes on
# where it stopped.
set -euo pipefail
. "$(dirname "$0")/sign-in.sh"

dir=$BUILD_ARTIFACTSTAGINGDIRECTORY
# This very file, which lies beside the checkout: nothing that is committed can
# stand in for it. The id comes from the job that has planned, and not from the
# file. Limits and approvals are those of the checkout.
plan=$PIPELINE_WORKSPACE/plan-${PLAN_ATTEMPT:?is not set: no job has planned}/plan.json
code=0
licensectl apply "$plan" manifests --plan-id "${PLAN_ID:?is not set: no job has planned}" --receipt "$dir/receipt.jsonl" || code=$?
if [ -s "$dir/receipt.jsonl" ]; then
    licensectl show "$dir/receipt.jsonl" -o markdown >"$dir/receipt.md"
    echo "##vso[task.uploadsummary]$dir/receipt.md"
fi
if [ "$code" = 0 ]; then
    # What the tenant holds now is what the nightly run compares with.
    licensectl snapshot --redact --out "$dir/baseline.json"
fi
exit "$code"
