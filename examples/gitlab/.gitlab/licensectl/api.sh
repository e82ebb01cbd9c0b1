# Sourced by the other scripts. They run on the default branch alone, with a token
# that can write: nothing of a merge request is run here.
#
# shellcheck shell=bash disable=SC2034
set -euo pipefail
umask 077

project=$CI_API_V4_URL/projects/$CI_PROJECT_ID

# api calls GitLab. The token stands on no command line, and in this header curl gives
# it to no other host that it is sent on to, such as the storage of artifacts.
: "${LICENSES_NOTE_TOKEN:?is not set: it is for the default branch alone}"
api() {
    curl --fail-with-body --silent --show-error --retry 3 --config <(printf 'header = "Authorization: Bearer %s"\n' "$LICENSES_NOTE_TOKEN") "$@"
}

# body gives a file as the body of a note or an issue.
body() { jq --raw-input --slurp '{body: .}' "$1"; }

me=$(api "$CI_API_V4_URL/user" | jq --exit-status .id)
