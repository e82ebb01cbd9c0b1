#!/usr/bin/env bash
# Keeps the numbers of a comparison with the manifests, and of the seats, where
# the textfile collector of node_exporter reads them. Each file is replaced as a
# whole, and stays where there are no new numbers: alert on the age of
# licensectl_plan_created_timestamp_seconds too.
# Usage: metrics.sh DIR MANIFESTS...
set -euo pipefail

dir=$1
shift
code=0
licensectl drift -o prometheus "$@" >"$dir/licensectl_drift.prom.$$" || code=$?
case $code in
0 | 2 | 3) ;;
*)
    rm -f "$dir/licensectl_drift.prom.$$"
    exit "$code"
    ;;
esac
# A program that was killed may end with any code: the last family has to be
# there.
if ! grep -q '^# TYPE licensectl_plan_seats gauge$' "$dir/licensectl_drift.prom.$$"; then
    rm -f "$dir/licensectl_drift.prom.$$"
    echo "licensectl drift ended with exit code $code, and its numbers are not whole" >&2
    exit 1
fi
mv "$dir/licensectl_drift.prom.$$" "$dir/licensectl_drift.prom"
licensectl seats -o prometheus >"$dir/licensectl_seats.prom.$$" || {
    code=$?
    rm -f "$dir/licensectl_seats.prom.$$"
    exit "$code"
}
mv "$dir/licensectl_seats.prom.$$" "$dir/licensectl_seats.prom"
