#!/usr/bin/env bash
# Fetches the job's identity token from GitHub into a file, which licensectl
# trades for an access token of Microsoft Graph. Which identity that is, and
# whether this job may be it, Entra ID decides by the subject of the token.
set -euo pipefail
umask 077

file=$RUNNER_TEMP/id-token
# The header comes by standard input: a command line can be read by others.
printf 'Authorization: bearer %s\n' "$ACTIONS_ID_TOKEN_REQUEST_TOKEN" |
    curl --fail --silent --show-error --retry 3 --max-time 30 --header @- \
        "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=api://AzureADTokenExchange" |
    jq --exit-status --raw-output .value >"$file"
echo "AZURE_FEDERATED_TOKEN_FILE=$file" >>"$GITHUB_ENV"
