#!/usr/bin/env bash
# Keeps one task about drift, by the last nightly run on main: opens or updates it
# where that run found something, and closes it where nothing differs. It knows the
# task by its author and its tag.
. "$(dirname "$0")/api.sh"

runs="definitions=$(pipeline licenses-drift)&branchName=refs/heads/main&statusFilter=completed&queryOrder=finishTimeDescending&%24top=1"
last=$(api "$project/_apis/build/builds?$runs&$version" | jq --raw-output '.value[0] // {} | "\(.id) \(.result)"')
read -r run result <<<"$last"
case $result in
succeeded | partiallySucceeded) differs= ;; # the second where there was no baseline
failed) differs=yes ;;
*)
    echo "no nightly run has compared"
    exit 0
    ;;
esac

items=$project/_apis/wit
query="SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project AND [System.WorkItemType] = 'Task'
    AND [System.CreatedBy] = @me AND [System.Tags] CONTAINS 'licensectl-drift' ORDER BY [System.Id] DESC"
number=$(jq --null-input --arg query "$query" '{$query}' | api --json @- "$items/wiql?%24top=1&$version" | jq '.workItems[0].id // empty')
states=$(api "$items/workitemtypes/Task/states?$version") # every process calls them otherwise
item=null
if [ -n "$number" ]; then
    # The last one, if it is open.
    item=$(api "$items/workitems/$number?fields=System.State,System.Description&$version" |
        jq --argjson states "$states" '.fields | . as $item | if any($states.value[]; .name == $item["System.State"] and (.category | IN("Completed", "Removed"))) then null else . end')
fi

# change writes the fields of a task. Usage: change METHOD PATH <FIELDS
change() {
    jq 'to_entries | map({op: "add", path: "/fields/System.\(.key)", value})' |
        api --request "$1" --header "Content-Type: application/json-patch+json" --data-binary @- --output /dev/null "$items/workitems/$2?$version"
}

if [ -z "$differs" ]; then
    if [ "$item" != null ]; then
        jq '{State: first(.value[] | select(.category == "Completed") | .name)}' <<<"$states" | change PATCH "$number"
    fi
    exit 0
fi
if jq --exit-status --arg run "$run" '. != null and (.["System.Description"] // "" | test("buildId=\($run)\\b"))' <<<"$item" >/dev/null; then
    exit 0 # it tells of this run
fi
if ! fetch "$run" drift drift.json || ! licensectl show --drift "$dir/drift.json" >"$dir/drift.txt"; then
    echo "the run $run has not compared"
    exit 0
fi
# A description is HTML: the text of licensectl stands in it as a text.
jq --raw-input --slurp --arg link "$project/_build/results?buildId=$run" \
    '{Description: "<p><a href=\"\($link)\">The last comparison</a> found this. The task is closed once nothing differs.</p><pre>\(@html)</pre>"}' "$dir/drift.txt" >"$dir/fields.json"
if [ "$item" != null ]; then
    change PATCH "$number" <"$dir/fields.json"
else
    jq '. + {Title: "Licenses differ from the manifests", Tags: "licensectl-drift"}' "$dir/fields.json" | change POST %24Task
fi
