#!/usr/bin/env bash
# Plans manifests/, keeps the plan as an artifact and shows it on the summary of
# the run. Ends with the exit code of licensectl: 3 and 5 come with a plan as well.
set -euo pipefail
. "$(dirname "$0")/sign-in.sh"

dir=$BUILD_ARTIFACTSTAGINGDIRECTORY
code=0
licensectl plan --out "$dir/plan.json" -o markdown manifests >"$dir/plan.md" || code=$?
if [ -s "$dir/plan.md" ]; then
    echo "##vso[task.uploadsummary]$dir/plan.md"
fi
exit "$code"
