#!/usr/bin/env bash
# Compares the tenant with manifests/ into drift.json, .md and .html in DIR,
# telling what was changed in the tenant from what is not applied yet if
# DIR/baseline.json is there. What was found is no failure here: the output
# "exit-code" is 0, 2, or 3 where the plan has errors, such as a user who is
# gone. Anything else fails the job, and so does one of these codes without the
# document: a program that was killed may end with any. DIR is outside of the
# checkout. Usage: drift.sh DIR
set -euo pipefail

dir=$1
mkdir -p "$dir"
set -- manifests
if [ -s "$dir/baseline.json" ]; then
    set -- --baseline "$dir/baseline.json" "$@"
fi
code=0
licensectl drift -o json "$@" >"$dir/drift.json" || code=$?
if [[ $code == [023] ]] && licensectl show --drift "$dir/drift.json" -o markdown >"$dir/drift.md"; then
    licensectl show --drift "$dir/drift.json" -o html >"$dir/drift.html"
    cat "$dir/drift.md" >>"$GITHUB_STEP_SUMMARY"
    echo "exit-code=$code" >>"$GITHUB_OUTPUT"
    exit 0
fi
rm -f "$dir/drift.json" "$dir/drift.md"
echo "::error title=Not compared::licensectl drift ended with exit code $code, and there is no whole document of what it found."
[ "$code" != 0 ] || code=1
exit "$code"
