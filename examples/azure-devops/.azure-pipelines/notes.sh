#!/usr/bin/env bash
# Puts the plan of each open pull request on it as a comment: a new one, or in place
# of the one that this script has left before, which it knows by its author and its
# first line.
#
# Of a pull request nothing is taken but the plan, and that is read and laid out by
# the licensectl of this job: a text that a branch has made could mention people and
# link work items, with the rights of this token.
. "$(dirname "$0")/api.sh"

requests=$project/_apis/git/repositories/$BUILD_REPOSITORY_ID/pullRequests
me=$(api "${SYSTEM_COLLECTIONURI}_apis/connectionData?api-version=7.1-preview" | jq --exit-status --raw-output .authenticatedUser.id)
licenses=$(pipeline licenses)

# newest_plan gives the run that planned a pull request as it is now. Which of the
# two commits the run names depends on how it was started.
newest_plan() {
    api "$project/_apis/build/builds?definitions=$licenses&branchName=refs/pull/$1/merge&queryOrder=queueTimeDescending&%24top=20&$version" |
        jq --arg source "$2" --arg merge "$3" 'first(.value[] | select(.triggerInfo["pr.sourceSha"] == $source or .sourceVersion == $merge) | .id) // empty'
}

# put_note leaves the comment on a pull request as it should be. Its thread is closed:
# it keeps no pull request open whose comments all have to be resolved.
put_note() {
    local note
    note=$(api "$requests/$1/threads?$version" |
        jq --arg me "$me" 'first(.value[] | .id as $thread | .comments[]? |
            select(.isDeleted != true and .author.id == $me and (.content // "" | startswith("<!-- licensectl:plan v1 "))) | {$thread, id, content})')
    if [ -z "$note" ]; then
        jq --raw-input --slurp '{status: "closed", comments: [{parentCommentId: 0, commentType: "text", content: .}]}' "$dir/note.md" |
            api --request POST --json @- --output /dev/null "$requests/$1/threads?$version"
    elif ! jq --raw-input --slurp --exit-status --argjson note "$note" 'rtrimstr("\n") == ($note.content | rtrimstr("\n"))' "$dir/note.md" >/dev/null; then
        jq --raw-input --slurp '{content: .}' "$dir/note.md" |
            api --request PATCH --json @- --output /dev/null "$requests/$1/threads/$(jq .thread <<<"$note")/comments/$(jq .id <<<"$note")?$version"
    fi
}

api "$requests?searchCriteria.status=active&searchCriteria.targetRefName=refs/heads/main&%24top=100&$version" |
    jq --raw-output '.value[] | select(.forkSource == null) | "\(.pullRequestId) \(.lastMergeSourceCommit.commitId) \(.lastMergeCommit.commitId)"' >"$dir/open"
while read -r number source merge; do
    run=$(newest_plan "$number" "$source" "$merge")
    [ -n "$run" ] || continue
    if ! fetch "$run" plan plan.json || ! (cd "$dir" && licensectl show plan.json -o markdown --markdown-budget 60000) >"$dir/note.md"; then
        echo "the run $run of pull request $number has left no plan"
        continue
    fi
    {
        echo
        echo "All of it as a page to search and filter: \`plan.html\` among the artifacts of [this run]($project/_build/results?buildId=$run), made of commit \`${source:0:12}\`."
    } >>"$dir/note.md"
    put_note "$number"
done <"$dir/open"
