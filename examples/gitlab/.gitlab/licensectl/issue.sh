#!/usr/bin/env bash
# Keeps one issue about drift: opens or updates it unless DRIFT_EXIT_CODE is 0,
# and closes it if it is. FILE is the document of the job that has compared.
# Usage: issue.sh FILE
. "$(dirname "$0")/api.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

number=$(api "$project/issues?state=opened&author_id=$me&per_page=100" |
    jq 'first(.[] | select(.description // "" | startswith("<!-- licensectl:drift v1 ")) | .iid) // empty')

if [ "${DRIFT_EXIT_CODE:?is not set: nothing was compared}" = 0 ]; then
    if [ -n "$number" ]; then
        api --request PUT --json '{"state_event": "close"}' --output /dev/null "$project/issues/$number"
    fi
    exit 0
fi

licensectl show --drift "$1" -o markdown --markdown-budget 60000 >"$dir/issue.md"
{
    echo
    echo "[The pipeline of $(date -u +%Y-%m-%d)]($CI_PIPELINE_URL) found this. The issue is closed once nothing differs."
} >>"$dir/issue.md"
fields=$(jq --raw-input --slurp '{title: "Licenses differ from the manifests", description: ., confidential: true}' "$dir/issue.md")
if [ -n "$number" ]; then
    api --request PUT --json @- --output /dev/null "$project/issues/$number" <<<"$fields"
else
    api --request POST --json @- --output /dev/null "$project/issues" <<<"$fields"
fi
