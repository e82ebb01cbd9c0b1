#!/usr/bin/env bash
# Compares the tenant with manifests/ into DIR/drift.md, telling what was changed
# in the tenant from what is not applied yet if DIR/baseline.json is there. What
# was found is no failure here: the output "exit-code" is 0, 2, or 3 where the
# plan has errors, such as a user who is gone. Anything else fails the job.
# Usage: drift.sh DIR
set -euo pipefail

dir=$1
mkdir -p "$dir"
set -- manifests
if [ -s "$dir/baseline.json" ]; then
    set -- --baseline "$dir/baseline.json" "$@"
fi
code=0
licensectl drift -o markdown "$@" >"$dir/drift.md" || code=$?
cat "$dir/drift.md" >>"$GITHUB_STEP_SUMMARY"
if [ "$code" = 0 ] || [ "$code" = 2 ] || { [ "$code" = 3 ] && [ -s "$dir/drift.md" ]; }; then
    echo "exit-code=$code" >>"$GITHUB_OUTPUT"
    exit 0
fi
echo "::error title=Not compared::licensectl drift ended with exit code $code."
exit "$code"
