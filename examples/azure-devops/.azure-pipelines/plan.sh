#!/usr/bin/env bash
# Plans manifests/, keeps the plan as an artifact and shows it on the summary of
# the run. Says by output variables which plan that is: its id, and the attempt
# that the artifact is called after. Ends with the exit code of licensectl: 3
# and 5 come with a plan as well.
set -euo pipefail
. "$(dirname "$0")/sign-in.sh"

dir=$BUILD_ARTIFACTSTAGINGDIRECTORY
code=0
licensectl plan --out "$dir/plan.json" manifests >"$dir/plan.txt" || code=$?
cat "$dir/plan.txt"
# A plan counts where the whole document is there: an exit code alone says
# nothing of a program that was killed.
if ! licensectl show "$dir/plan.json" -o markdown >"$dir/plan.md"; then
    rm -f "$dir"/plan.*
    echo "##vso[task.logissue type=error]No plan was made (exit code $code)."
    [ "$code" != 0 ] || code=1
    exit "$code"
fi
licensectl show "$dir/plan.json" -o html >"$dir/plan.html"
{
    echo
    echo "All of it as a page to search and filter: \`plan.html\` in the artifact \`plan-$SYSTEM_JOBATTEMPT\` of this run."
} >>"$dir/plan.md"
echo "##vso[task.uploadsummary]$dir/plan.md"
id=$(jq --exit-status --raw-output .planId "$dir/plan.json")
echo "##vso[task.setvariable variable=planId;isOutput=true]$id"
echo "##vso[task.setvariable variable=attempt;isOutput=true]$SYSTEM_JOBATTEMPT"
exit "$code"
