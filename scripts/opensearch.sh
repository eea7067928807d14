#!/usr/bin/env bash
# A real OpenSearch node on this machine, without Docker, for tests and for trying it out.
#
#   scripts/opensearch.sh start [INSTANCE]    start it (once: downloads about 180 MB); standard output is its url
#   scripts/opensearch.sh stop [INSTANCE]     stop it; its data stay
#   scripts/opensearch.sh status [INSTANCE]   say whether it runs; exit status 0 or 1
#
# INSTANCE (default: "default") has its own data, port and process, so several can run at once. Everything is kept in
# $XDG_CACHE_HOME/dalil/opensearch or, for root, whom OpenSearch refuses to run as, in /var/cache/dalil/opensearch.
# OPENSEARCH_PORT sets the port (default: the first free one from 9200 on), OPENSEARCH_DATA a folder for the data,
# OPENSEARCH_JAVA_HOME the JDK (21 or newer), OPENSEARCH_JAVA_OPTS the JVM's options.
# OPENSEARCH_NODES ("a=9501 b=9502 c=9503": instances and their transport ports) makes these instances one cluster. Start
# them at the same time: a node answers once most of them are there.
set -euo pipefail

VERSION=3.6.0
SERVER="org.opensearch.distribution.integ-test-zip:opensearch:$VERSION:zip"
PLUGINS=("org.opensearch.plugin:opensearch-knn:$VERSION.0:zip" "org.opensearch.plugin:neural-search:$VERSION.0:zip")
COPY=org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy
SYSTEM_USER=dalil-opensearch
START_SECONDS=180

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p;}' "$0"; }
say() { printf '%s\n' "$*" >&2; }
die() { printf 'opensearch.sh: %s\n' "$*" >&2; exit 1; }
need() { command -v "$1" >/dev/null || die "$1 is missing: install it first (on Debian and Ubuntu: apt-get install $2)"; }

command=${1:-}
instance=${2:-default}
[[ $instance =~ ^[A-Za-z0-9_-]+$ ]] || die "an instance's name has letters, digits, - and _ only, not '$instance'"

if [[ $(id -u) == 0 ]]; then
  cache=/var/cache/dalil/opensearch # root's own cache folder cannot be entered by the user that the node runs as
else
  cache=${XDG_CACHE_HOME:-$HOME/.cache}/dalil/opensearch
fi
server=$cache/opensearch-$VERSION
folder=$cache/instances/$instance
data=${OPENSEARCH_DATA:-$folder/data}
pid_file=$folder/pid
log=$folder/logs/dalil-$instance.log

running() {
  [[ -s $pid_file ]] && ps -p "$(<"$pid_file")" -o args= 2>/dev/null | grep -q org.opensearch
}

url() { # the node writes the addresses it bound; the IPv4 one is the first without a bracket
  local address
  address=$(grep -m 1 -v '^\[' "$folder/logs/http.ports" 2>/dev/null) || return 1
  printf 'http://%s\n' "$address"
}

answers() { curl --silent --fail --max-time 2 "$(url)/_cluster/health" 2>/dev/null | grep -Eq '"status":"(green|yellow)"'; }

java_version() { "$1/bin/java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1; }

find_jdk() {
  local home version on_path
  on_path=$(command -v java || true)
  [[ -z $on_path ]] || on_path=$(dirname "$(dirname "$(readlink -f "$on_path")")")
  for home in "${OPENSEARCH_JAVA_HOME:-}" "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/*; do
    [[ -n $home && -x $home/bin/java ]] || continue
    version=$(java_version "$home")
    if [[ ${version:-0} -ge 21 ]]; then
      printf '%s\n' "$home"
      return
    fi
  done
  die "OpenSearch $VERSION needs Java 21 or newer and there is none: install one (Debian 13, Ubuntu 24.04:" \
    "apt-get install openjdk-21-jdk-headless), or name its folder in OPENSEARCH_JAVA_HOME"
}

as_node_user() {
  if [[ $(id -u) == 0 ]]; then runuser -u "$SYSTEM_USER" -- "$@"; else "$@"; fi
}

fetch() {
  [[ -d $server ]] && return
  need mvn maven
  need unzip unzip
  local work artifact zip
  work=$(mktemp -d "$cache/unpacking.XXXXXX")
  # shellcheck disable=SC2064  # the folder's name is wanted as it is now
  trap "rm -rf '$work'" EXIT
  for artifact in "$SERVER" "${PLUGINS[@]}"; do
    say "fetching $artifact"
    mvn -q -B "$COPY" -Dartifact="$artifact" -DoutputDirectory="$work" >"$work/mvn.log" 2>&1 ||
      { cat "$work/mvn.log" >&2; die "Maven could not fetch $artifact"; }
  done
  say "unpacking"
  unzip -q "$work/opensearch-$VERSION.zip" -d "$work"
  for zip in "$work/opensearch-knn-$VERSION.0.zip" "$work/neural-search-$VERSION.0.zip"; do
    OPENSEARCH_JAVA_HOME=$jdk "$work/opensearch-$VERSION/bin/opensearch-plugin" install --batch --silent "file://$zip" \
      >"$work/plugin.log" 2>&1 || { cat "$work/plugin.log" >&2; die "could not install $zip"; }
  done
  chmod -R a+rX "$work/opensearch-$VERSION"
  [[ -d $server ]] || mv "$work/opensearch-$VERSION" "$server"
  rm -rf "$work"
  trap - EXIT
}

cluster() { # who belongs to it: only this node, or nodes as NAME=TRANSPORT_PORT
  if (($# == 1)); then
    printf '%s\n' "discovery.type: single-node" "transport.port: 9300-9399"
    return
  fi
  local node
  for node in "$@"; do
    if [[ ${node%=*} == "$instance" ]]; then printf 'transport.port: %s\n' "${node#*=}"; fi
  done
  printf 'discovery.seed_hosts:\n'
  printf '  - "127.0.0.1:%s"\n' "${@#*=}"
  printf 'cluster.initial_cluster_manager_nodes:\n'
  printf '  - "dalil-%s"\n' "${@%=*}"
}

configure() {
  rm -rf "$folder/config" "$folder/logs"
  mkdir -p "$data" "$folder/logs" "$folder/snapshots" "$folder/tmp"
  sed "s|logs/|$folder/logs/|g" "$server/config/jvm.options" >"$folder/jvm.options"
  cp -R "$server/config" "$folder/config"
  mv "$folder/jvm.options" "$folder/config/jvm.options"
  local nodes=(${OPENSEARCH_NODES:-$instance})
  cat >"$folder/config/opensearch.yml" <<YAML
cluster.name: dalil-${nodes[0]%=*}
node.name: dalil-$instance
node.portsfile: true
network.host: 127.0.0.1
http.port: ${OPENSEARCH_PORT:-9200-9299}
path.data: $data
path.logs: $folder/logs
path.repo: $folder/snapshots
action.auto_create_index: false
cluster.routing.allocation.disk.threshold_enabled: false
YAML
  cluster "${nodes[@]}" >>"$folder/config/opensearch.yml"
  if [[ $(id -u) == 0 ]]; then chown -R "$SYSTEM_USER" "$folder" "$data"; fi
}

fail() {
  tail -n 40 "$log" "$folder/logs/start.log" >&2 2>/dev/null || true
  die "$1; the end of its logs is above ($folder/logs)"
}

start() {
  if running && answers; then
    say "OpenSearch ($instance) is already running, process $(<"$pid_file")"
    url
    return
  fi
  running && die "OpenSearch ($instance) runs but does not answer: '$0 stop $instance' first"
  need curl curl
  jdk=$(find_jdk)
  mkdir -p "$cache"
  if [[ $(id -u) == 0 ]] && ! id "$SYSTEM_USER" >/dev/null 2>&1; then
    useradd --system --no-create-home --shell /usr/sbin/nologin "$SYSTEM_USER"
  fi
  fetch
  configure
  say "starting OpenSearch $VERSION ($instance) with the Java in $jdk"
  # Its output goes to a file: a daemon that kept ours open would hang whoever reads this script through a pipe.
  as_node_user env OPENSEARCH_JAVA_HOME="$jdk" OPENSEARCH_PATH_CONF="$folder/config" OPENSEARCH_TMPDIR="$folder/tmp" \
    OPENSEARCH_JAVA_OPTS="${OPENSEARCH_JAVA_OPTS:--Xms1g -Xmx1g}" \
    "$server/bin/opensearch" -d -p "$pid_file" >"$folder/logs/start.log" 2>&1 </dev/null || fail "it did not start"
  local second
  for ((second = 1; second <= START_SECONDS; second++)); do
    if answers; then
      say "answers after $second s, process $(<"$pid_file")"
      url
      return
    fi
    ((second % 5)) || say "waiting: $second s"
    # The process writes its pid file a while after it was started: on a busy machine half a minute.
    running || ((second < 60)) || fail "it ended by itself"
    sleep 1
  done
  fail "it does not answer after $START_SECONDS s"
}

stop() {
  if ! running; then
    rm -f "$pid_file"
    say "OpenSearch ($instance) is not running"
    return
  fi
  local pid tenth
  pid=$(<"$pid_file")
  kill "$pid"
  for ((tenth = 0; tenth < 300; tenth++)); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  if kill -0 "$pid" 2>/dev/null; then kill -KILL "$pid"; fi
  rm -f "$pid_file"
  say "OpenSearch ($instance) stopped"
}

status() {
  if running && answers; then
    say "OpenSearch ($instance) is running, process $(<"$pid_file")"
    url
  else
    say "OpenSearch ($instance) is not running"
    return 1
  fi
}

case $command in
  start | stop | status) "$command" ;;
  -h | --help | help) usage ;;
  *) usage >&2; exit 2 ;;
esac
