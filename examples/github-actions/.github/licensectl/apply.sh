#!/usr/bin/env bash
# Applies, keeps the receipt as DIR/receipt.jsonl and shows it as the summary of
# the job. Says by the output "written" whether the tenant may have changed. Ends
# with the exit code of licensectl.
# Usage: apply.sh DIR ARGUMENTS-OF-APPLY...
set -euo pipefail

dir=$1
shift
mkdir -p "$dir"
code=0
licensectl apply --receipt "$dir/receipt.jsonl" "$@" || code=$?

if [ -s "$dir/receipt.jsonl" ]; then
    echo 'written=true' >>"$GITHUB_OUTPUT"
    licensectl show "$dir/receipt.jsonl" -o markdown >>"$GITHUB_STEP_SUMMARY"
fi
case $code in
0) ;;
5) echo '::error title=Refused::Nothing was written: a guard has tripped.' ;;
6) echo '::error title=Stale::Nothing was written: the manifests or the tenant are not those of the plan. Run the whole workflow again.' ;;
7) echo '::error title=Partial::Some users were not changed; the summary names them. Run this job again: it goes on where this one stopped.' ;;
130) echo '::error title=Interrupted::The receipt is complete. Run this job again: it goes on where this one stopped.' ;;
*) echo "::error title=Exit code $code::docs/errors.md says what to do." ;;
esac
exit "$code"
