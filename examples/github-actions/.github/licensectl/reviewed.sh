#!/usr/bin/env bash
# Says which plan was reviewed: the one whose id was given by hand (PLAN_ID), or
# the one that the workflow "licenses review" has left on the pull request whose
# merge made this commit.
#
# What a comment says is not trusted for being there. It has to be written by
# the bot of GitHub Actions and edited by nobody else (who can write to a
# repository can edit comments of others), be the only one, and begin with the
# marker to the letter. What it gives is an id, and nothing but an id: a plan
# that is not what the merged manifests ask for is never applied by it.
set -euo pipefail

refuse() {
    echo "::error title=No reviewed plan::$1"
    exit 1
}

if [ -z "${PLAN_ID:-}" ]; then
    # shellcheck disable=SC2016 # the variables are those of the query
    query='
    query($owner: String!, $name: String!, $sha: GitObjectID!) {
      repository(owner: $owner, name: $name) {
        object(oid: $sha) {
          ... on Commit {
            associatedPullRequests(first: 20) {
              nodes {
                merged
                baseRefName
                mergeCommit { oid }
                comments(first: 100) {
                  nodes { body author { login __typename } editor { login __typename } }
                }
              }
            }
          }
        }
      }
    }'
    answer=$(gh api graphql --raw-field "query=$query" \
        --raw-field "owner=${GITHUB_REPOSITORY%%/*}" --raw-field "name=${GITHUB_REPOSITORY#*/}" --raw-field "sha=$GITHUB_SHA")

    # shellcheck disable=SC2016 # the variables are those of jq
    comments='[.data.repository.object.associatedPullRequests.nodes[]
        | select(.merged and .mergeCommit.oid == $sha and .baseRefName == $branch)]
        | if length == 1 then .[0].comments.nodes else error("no merged pull request") end'
    comments=$(jq --arg sha "$GITHUB_SHA" --arg branch "$GITHUB_REF_NAME" "$comments" <<<"$answer") ||
        refuse 'This commit is not the merge of one pull request. Plan, read the plan, and run this workflow by hand with its id.'

    markers='def bot: .login == "github-actions" and .__typename == "Bot";
        .[]
        | select((.author // {}) | bot)
        | select(.editor == null or (.editor | bot))
        | .body | split("\n")[0] | rtrimstr("\r")
        | select(startswith("<!-- licensectl:plan v1 "))'
    marker=$(jq --raw-output "$markers" <<<"$comments")
    if [[ ! $marker =~ ^'<!-- licensectl:plan v1 id='(sha256:[0-9a-f]{64})' tenant='[0-9a-f-]{36}' -->'$ ]]; then
        refuse 'The pull request has not exactly one plan that only the workflow has written. Plan, read the plan, and run this workflow by hand with its id.'
    fi
    PLAN_ID=${BASH_REMATCH[1]}
fi

[[ $PLAN_ID =~ ^sha256:[0-9a-f]{64}$ ]] || refuse 'This is not the id of a plan.'
echo "plan-id=$PLAN_ID" >>"$GITHUB_OUTPUT"
