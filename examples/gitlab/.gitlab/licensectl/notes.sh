#!/usr/bin/env bash
# Puts the plan of each open merge request on it as a note: a new one, or in place
# of the one that this script has left before, which it knows by its author and
# its first line.
#
# Of a merge request nothing is taken but the plan, and that is read and laid out
# by the licensectl of this job: a text that a branch has made could hold quick
# actions, and these would run with the rights of this token.
. "$(dirname "$0")/api.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# newest_plan gives the job that made the plan of a commit of a merge request.
newest_plan() {
    local pipeline
    pipeline=$(api "$project/merge_requests/$1/pipelines?per_page=20" | jq --arg sha "$2" 'first(.[] | select(.sha == $sha) | .id) // empty')
    [ -n "$pipeline" ] || return 0
    api "$project/pipelines/$pipeline/jobs?per_page=100" |
        jq 'first(.[] | select(.name == "plan" and any(.artifacts[]?; .file_type == "archive")) | .id) // empty'
}

# find_note gives the note that this script has left on a merge request. It fails
# where a page cannot be read: the note may be on it.
find_note() {
    local page=1 notes note=
    while [ -z "$note" ]; do
        notes=$(api "$project/merge_requests/$1/notes?per_page=100&sort=asc&page=$page") || return
        note=$(jq --argjson me "$me" 'first(.[] | select(.author.id == $me and (.body | startswith("<!-- licensectl:plan v1 "))))' <<<"$notes") || return
        [ "$(jq length <<<"$notes")" = 100 ] || break
        page=$((page + 1))
    done
    printf '%s' "$note"
}

# put_note leaves a note of a merge request as it should be.
put_note() {
    local note
    note=$(find_note "$1")
    if [ -z "$note" ]; then
        body "$dir/note.md" | api --request POST --json @- --output /dev/null "$project/merge_requests/$1/notes"
    elif ! body "$dir/note.md" | jq --exit-status --argjson note "$note" '(.body | rtrimstr("\n")) == ($note.body | rtrimstr("\n"))' >/dev/null; then
        body "$dir/note.md" | api --request PUT --json @- --output /dev/null "$project/merge_requests/$1/notes/$(jq .id <<<"$note")"
    fi
}

api "$project/merge_requests?state=opened&per_page=100" |
    jq --raw-output '.[] | select(.source_project_id == .target_project_id) | "\(.iid) \(.sha)"' >"$dir/open"
while read -r iid sha; do
    job=$(newest_plan "$iid" "$sha")
    [ -n "$job" ] || continue
    if ! api --location --output "$dir/plan.json" "$project/jobs/$job/artifacts/out/plan.json" ||
        ! (cd "$dir" && licensectl show plan.json -o markdown --markdown-budget 60000) >"$dir/note.md"; then
        echo "the job $job of merge request $iid has left no plan"
        continue
    fi
    {
        echo
        echo "All of it as a page to search and filter: [plan.html]($CI_PROJECT_URL/-/jobs/$job/artifacts/file/out/plan.html), made of commit \`${sha:0:12}\`."
    } >>"$dir/note.md"
    put_note "$iid"
done <"$dir/open"
