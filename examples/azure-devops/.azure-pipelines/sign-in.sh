# Sourced by the other scripts. The task AzureCLI@2 has put the identity of the
# service connection into the environment; licensectl takes its token from a
# file, which goes with the job.
#
# shellcheck shell=bash
umask 077
AZURE_FEDERATED_TOKEN_FILE=$(mktemp)
trap 'rm -f "$AZURE_FEDERATED_TOKEN_FILE"' EXIT
printf '%s' "${idToken:?is not set: the service connection has to use workload identity federation}" >"$AZURE_FEDERATED_TOKEN_FILE"
export AZURE_FEDERATED_TOKEN_FILE
export AZURE_TENANT_ID=${tenantId:?} AZURE_CLIENT_ID=${servicePrincipalId:?}
PATH=$AGENT_TEMPDIRECTORY/bin:$PATH
