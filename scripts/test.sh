#!/usr/bin/env bash
# Every check of the project: `make test` and CI run it. Arguments are pytest's; with any, `make eval` is left out.
#
# A real OpenSearch node is started for the tests where Java and Maven are there; TEST_OPENSEARCH_URL names one
# that runs already. In CI its absence is a failure; elsewhere its tests are skipped.
# The pages are tested in Chromium, and deploy/ in nginx and Prometheus: root in CI installs what is missing, elsewhere the tests
# that need it are skipped.
# Line coverage is gathered in CI alone. Slipcover counts lines in the bytecode: a traced test takes twice its time on
# Python 3.11, one counted in this way a sixth more.
set -euo pipefail
cd "$(dirname "$0")/.."

# The tests start Python about a hundred times. Without cached bytecode each start compiles some thousand modules.
unset PYTHONDONTWRITEBYTECODE

prepare() { # the address of the node goes to the file $1
  if [[ "${CI:-}" == true && $(id -u) == 0 ]] && ! { command -v chromium && command -v nginx && command -v promtool; } && command -v apt-get; then
    apt-get update -qq && apt-get install -y -qq chromium nginx && apt-get install -y -qq --no-install-recommends prometheus
  fi >/dev/null
  [[ -n "${TEST_OPENSEARCH_URL:-}" ]] || OPENSEARCH_PORT=0 scripts/opensearch.sh start tests >"$1"
}

# The tests make and delete some three hundred indexes. On a disk each waits for it several times: in memory an index is
# made in a third of the time.
data=
if [[ -z "${TEST_OPENSEARCH_URL:-}" && -w /dev/shm && $(df --output=avail -m /dev/shm | tail -n 1) -gt 2000 ]]; then
  data=$(mktemp -d /dev/shm/dalil-tests.XXXXXX)
  export OPENSEARCH_DATA=$data
fi

finish() {
  [[ -z "$evaluating" ]] || kill "$evaluating" 2>/dev/null || true
  wait "$preparing" $evaluating 2>/dev/null || true
  if [[ -s $address ]]; then scripts/opensearch.sh stop tests; fi
  rm -rf "$address" "$coverage" "$evaluation" ${data:+"$data"}
}

address=$(mktemp)
coverage=$(mktemp)
evaluation=$(mktemp)
preparing=
evaluating=
trap finish EXIT

# Downloads and the start of the node wait for the network and the disk, so that they go on beside the static checks.
prepare "$address" &
preparing=$!

# A change that makes retrieval or citations significantly worse on the own question set is a failure like any other. One
# processor measures it, while the static checks have the other.
if [[ $# == 0 ]]; then
  make --no-print-directory eval >"$evaluation" 2>&1 &
  evaluating=$!
fi

make --no-print-directory check

if ! wait "$preparing"; then
  if [[ "${CI:-}" == true ]]; then
    echo "CI needs a real OpenSearch node, Chromium, nginx and promtool, and one of them could not be had" >&2
    exit 1
  fi
  echo "No OpenSearch node: its tests are skipped" >&2
elif [[ -s $address ]]; then
  TEST_OPENSEARCH_URL=$(<"$address")
  export TEST_OPENSEARCH_URL
fi

# Each worker takes its share of the tests in order, so that what a module shares is mostly made once; the first that has
# none left takes some of another's. Tests wait for programs and browsers for a third of their time, so that there are
# more workers than processors; more than four want more memory than they save time.
workers=$(($(nproc) * 3 / 2))
tests=(pytest --numprocesses=$((workers < 4 ? workers : 4)) --dist=worksteal "$@")
if [[ "${CI:-}" == true ]]; then
  # The report of the whole run comes first: --fail-under beside the tests would leave out what the workers ran.
  .venv/bin/python -m slipcover --json --out "$coverage" -m "${tests[@]}"
  .venv/bin/python -m slipcover --merge "$coverage" --out "$coverage" --fail-under 97
else
  .venv/bin/python -m "${tests[@]}"
fi

if [[ -n "$evaluating" ]]; then
  failed=0
  wait "$evaluating" || failed=$?
  evaluating=
  cat "$evaluation"
  exit "$failed"
fi
