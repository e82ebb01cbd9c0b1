#!/usr/bin/env bash
# Puts FILE on the pull request: as a new comment, or in place of the one that
# this script has left before, which it knows by its author and its first line.
# Where there is a page beside it, the comment says where.
# Usage: PULL_REQUEST=NUMBER comment.sh FILE
set -euo pipefail

file=$1
if [ ! -s "$file" ]; then
    mkdir -p "$(dirname "$file")"
    {
        echo '<!-- licensectl:plan v1 none -->'
        echo '### No plan was made'
        echo
        echo "The job ended before it. [The log]($GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID) says why."
    } >"$file"
fi

if [ -s "${file%.md}.html" ]; then
    {
        echo
        echo "All of it as a page to search and filter: \`plan.html\` in [the artifact \`plan\`]($GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID#artifacts)."
    } >>"$file"
fi

ours='.[]
    | select(.user.login == "github-actions[bot]" and .user.type == "Bot")
    | select(.body | startswith("<!-- licensectl:plan v1 "))
    | .id'
ids=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments?per_page=100" --jq "$ours")
read -r id _ <<<"${ids//$'\n'/ }" || true

if [ -n "${id:-}" ]; then
    gh api --method PATCH --silent "repos/$GITHUB_REPOSITORY/issues/comments/$id" --field "body=@$file"
else
    gh api --method POST --silent "repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments" --field "body=@$file"
fi
