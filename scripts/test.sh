#!/usr/bin/env bash
# Every check of the project: what `make test` and CI run.
# A real OpenSearch node is started for the tests where Java and Maven are there; TEST_OPENSEARCH_URL names one
# that runs already. In CI its absence is a failure; elsewhere its tests are skipped and coverage is not enforced.
# The pages are tested in Chromium: root in CI installs it where it is missing, elsewhere its tests are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

make --no-print-directory check

coverage=()
if [[ -z "${TEST_OPENSEARCH_URL:-}" ]]; then
  if url=$(OPENSEARCH_PORT=0 scripts/opensearch.sh start tests); then
    trap 'scripts/opensearch.sh stop tests' EXIT
    export TEST_OPENSEARCH_URL=$url
  elif [[ "${CI:-}" == true ]]; then
    echo "CI needs a real OpenSearch node, and none could be started" >&2
    exit 1
  else
    echo "No OpenSearch node: its tests are skipped, and coverage is not enforced" >&2
    coverage=(--cov-fail-under=0)
  fi
fi

if [[ "${CI:-}" == true && $(id -u) == 0 ]] && ! command -v chromium >/dev/null && command -v apt-get >/dev/null; then
  apt-get update -qq && apt-get install -y -qq chromium >/dev/null
fi

.venv/bin/pytest --cov --cov-report=term "${coverage[@]}" "$@"

# A change that makes retrieval or citations significantly worse on the own question set is a failure like any other.
[[ $# -gt 0 ]] || make --no-print-directory eval
