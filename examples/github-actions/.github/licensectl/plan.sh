#!/usr/bin/env bash
# Plans manifests/ into DIR/plan.json and DIR/plan.md, and shows the plan as the
# summary of the job. Ends with the exit code of licensectl: 3 and 5 come with a
# plan as well. Usage: plan.sh DIR
set -euo pipefail

dir=$1
mkdir -p "$dir"
code=0
licensectl plan --out "$dir/plan.json" -o markdown --markdown-budget 60000 manifests >"$dir/plan.md" || code=$?

if [ ! -s "$dir/plan.md" ]; then
    rm -f "$dir/plan.json" # no document, no plan
    {
        echo '<!-- licensectl:plan v1 none -->'
        echo '### No plan could be made'
        echo
        echo "\`licensectl plan\` ended with exit code $code. [The log]($GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID) says why."
    } >"$dir/plan.md"
fi
cat "$dir/plan.md" >>"$GITHUB_STEP_SUMMARY"
exit "$code"
