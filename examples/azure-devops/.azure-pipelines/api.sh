# Sourced by the scripts that write to Azure DevOps. They run on main alone, with a
# token that can write: nothing of a pull request is run here.
#
# shellcheck shell=bash disable=SC2034
set -euo pipefail
umask 077
PATH=$AGENT_TEMPDIRECTORY/bin:$PATH
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

project=$SYSTEM_COLLECTIONURI$SYSTEM_TEAMPROJECTID
version=api-version=7.1

# The id is that of Azure DevOps in every tenant of Microsoft Entra.
token=$(az account get-access-token --resource 499b84ac-1321-427f-aa17-267ca6975798 --query accessToken --output tsv)

# api calls Azure DevOps. The token stands on no command line, and curl gives it to
# no other host that it is sent on to.
api() {
    curl --fail-with-body --silent --show-error --retry 3 --config <(printf 'header = "Authorization: Bearer %s"\n' "$token") "$@"
}

# pipeline gives the number of the pipeline of a name.
pipeline() { api "$project/_apis/build/definitions?name=$1&$version" | jq --exit-status '.value[0].id'; }

# fetch gets FILE of a run into $dir, out of the last of the artifacts PREFIX-ATTEMPT.
# Usage: fetch RUN PREFIX FILE
fetch() {
    local artifacts=$project/_apis/build/builds/$1/artifacts name
    name=$(api "$artifacts?$version" | jq --raw-output --arg prefix "$2-" \
        '[.value[].name | select(startswith($prefix)) | ltrimstr($prefix) | select(test("^[0-9]+$")) | tonumber] | max // empty | $prefix + tostring')
    [ -n "$name" ] || return 1
    api --location --output "$dir/artifact.zip" "$artifacts?artifactName=$name&%24format=zip&$version" &&
        unzip -p "$dir/artifact.zip" "$name/$3" >"$dir/$3"
}
