#!/usr/bin/env bash
# Keeps one issue about drift: opens or updates it unless EXIT_CODE is 0,
# and closes it if it is. FILE is what was found. Usage: issue.sh FILE
set -euo pipefail

marker='<!-- licensectl:drift -->'
ours=".[]
    | select(.user.login == \"github-actions[bot]\" and .user.type == \"Bot\" and .pull_request == null)
    | select(.body // \"\" | startswith(\"$marker\"))
    | .number"
numbers=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues?state=open&per_page=100" --jq "$ours")
read -r number _ <<<"${numbers//$'\n'/ }" || true

if [ "$EXIT_CODE" = 0 ]; then
    if [ -n "${number:-}" ]; then
        gh api --method PATCH --silent "repos/$GITHUB_REPOSITORY/issues/$number" \
            --raw-field state=closed --raw-field state_reason=completed
    fi
    exit 0
fi

body=$(mktemp)
{
    echo "$marker"
    cat "$1"
    echo
    echo "[The run of $(date -u +%Y-%m-%d)]($GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID) found this. The issue is closed once nothing differs."
} >"$body"
if [ -n "${number:-}" ]; then
    gh api --method PATCH --silent "repos/$GITHUB_REPOSITORY/issues/$number" --field "body=@$body"
else
    gh api --method POST --silent "repos/$GITHUB_REPOSITORY/issues" \
        --raw-field 'title=Licenses differ from the manifests' --field "body=@$body"
fi
