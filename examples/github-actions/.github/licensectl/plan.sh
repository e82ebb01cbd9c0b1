#!/usr/bin/env bash
# Plans manifests/ into DIR/plan.json, DIR/plan.md and DIR/plan.html, and shows
# the plan as the summary of the job. Ends with the exit code of licensectl: 3 and 5 come with a
# plan as well. DIR is outside of the checkout, where nobody can have committed a
# plan. Usage: plan.sh DIR
set -euo pipefail

dir=$1
mkdir -p "$dir"
code=0
licensectl plan --out "$dir/plan.json" manifests >/dev/null || code=$?

# A plan counts where the whole document is there: an exit code alone says
# nothing of a program that was killed.
if licensectl show "$dir/plan.json" -o markdown --markdown-budget 60000 >"$dir/plan.md"; then
    licensectl show "$dir/plan.json" -o html >"$dir/plan.html"
else
    rm -f "$dir/plan.json"
    {
        echo '<!-- licensectl:plan v1 none -->'
        echo '### No plan could be made'
        echo
        echo "\`licensectl plan\` ended with exit code $code. [The log]($GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID) says why."
    } >"$dir/plan.md"
    [ "$code" != 0 ] || code=1
fi
cat "$dir/plan.md" >>"$GITHUB_STEP_SUMMARY"
exit "$code"
