#!/usr/bin/env bash
# Runs the plans of plans.txt, or those whose names contain $1. Has not been run yet: see README.md.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
suite="${CONFORMANCE_SUITE:-${TMPDIR:-/tmp}/conformance-suite}"
release="release-v5.1.43"

docker info > /dev/null 2>&1 || { echo "needs Docker" >&2; exit 2; }
if grep -q REPLACE "$here"/*.json; then echo "put ids, secrets and keys in place of REPLACE: see README.md" >&2; exit 2; fi

[ -d "$suite" ] || git clone --quiet --depth 1 --branch "$release" https://gitlab.com/openid/conformance-suite.git "$suite"
cd "$suite"
MAVEN_CACHE="${MAVEN_CACHE:-$suite/m2}" docker compose -f builder-compose.yml run --rm builder
docker compose up -d
trap 'docker compose down' EXIT

export CONFORMANCE_SERVER="https://localhost.emobix.co.uk:8443/" CONFORMANCE_DEV_MODE=1 DISABLE_SSL_VERIFY=1
until curl --insecure --silent --fail --output /dev/null "${CONFORMANCE_SERVER}api/runner/available"; do sleep 3; done

plans=()
while read -r plan configuration; do
  if [[ "$plan" == *"${1:-}"* ]]; then plans+=("$plan" "$here/$configuration"); fi
done < "$here/plans.txt"
python3 scripts/run-test-plan.py --no-parallel --verbose --export-dir "$suite/results" "${plans[@]}"
