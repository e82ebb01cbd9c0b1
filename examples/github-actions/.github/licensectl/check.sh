#!/usr/bin/env bash
# Holds the plan in DIR against the one that was reviewed (PLAN_ID). Says by the
# output "changes" whether there is anything to apply. Usage: check.sh DIR
set -euo pipefail

plan=$1/plan.json
if [ ! -s "$plan" ]; then
    echo '::error title=No plan::Nothing was written. The step before says why; run this job again once that is mended.'
    exit 1
fi

if [ "$(jq .summary.changed "$plan")" = 0 ]; then
    echo 'changes=false' >>"$GITHUB_OUTPUT"
    if jq --exit-status 'any(.findings[]; .severity == "error")' "$plan" >/dev/null; then
        echo '::error title=Nothing can be applied::The plan has errors; the summary of this run names them.'
        exit 3
    fi
    echo 'Nothing to apply.'
    exit 0
fi

id=$(jq --exit-status --raw-output .planId "$plan")
if [ "$id" != "$PLAN_ID" ]; then
    echo "::error title=Not the reviewed plan::Nothing was written. The plan is now $id, and $PLAN_ID was reviewed: the tenant has changed since, or another merge came between. Read the summary of this run, and if that is right run this workflow by hand with the new id."
    exit 6
fi
if [ "$(jq .applyable "$plan")" != true ]; then
    echo '::error title=A guard has tripped::Nothing was written. Merge an Approval of this plan, or ask for less.'
    exit 5
fi
echo 'changes=true' >>"$GITHUB_OUTPUT"
