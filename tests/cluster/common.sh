# Helpers of the cluster tests. Source this file; run_tests runs each function test_….
# shellcheck shell=bash disable=SC2034
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tests=$(dirname "$here")
rdbfs=${RDBFS_BUILD:-$tests/../build}/rdbfs
data=${RDBFS_TEST_DATA:-$tests/data}
fixture=$data/all-types.tar.gz
work=$(mktemp -d "${TMPDIR:-/tmp}/rdbfs-cluster.XXXXXX")
export XDG_STATE_HOME=$work/state
servers=()
failed=0

export HOME=$work XDG_CONFIG_HOME=$work/config
same=$here/same-backup

clean_up() {
	for pid in "${servers[@]}"; do
		kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	done
	rm -rf "$work"
}
trap clean_up EXIT

# Starts a test server with further arguments. Sets port, server (the pid) and control.
start_server() {
	rm -f "$work/port"
	control=$work/control.$((${#servers[@]} + 1))
	"$tests/server/reql-server" --port-file "$work/port" --control "$control" "$@" \
		>"$work/server.log" 2>&1 &
	server=$!
	servers+=("$server")
	for ((i = 0; i < 2400; i++)); do
		[ -s "$work/port" ] && break
		kill -0 "$server" 2>/dev/null || break
		sleep 0.05
	done
	port=$(cat "$work/port") || { cat "$work/server.log"; exit 1; }
}

# Sets held to a port that no other process gets, even while no server uses it (--port "$held").
hold_port() {
	rm -f "$work/held-port"
	python3 - "$work/held-port" <<-'END' &
		import os, signal, socket, sys
		held = socket.socket()
		held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		held.bind(("127.0.0.1", 0))
		with open(sys.argv[1] + ".new", "w") as file:
		    print(held.getsockname()[1], file=file)
		os.rename(sys.argv[1] + ".new", sys.argv[1])
		signal.pause()
	END
	servers+=($!)
	for ((i = 0; i < 2400; i++)); do
		[ -s "$work/held-port" ] && break
		sleep 0.05
	done
	held=$(cat "$work/held-port") || exit 1
}

# Prints names of backups of the coming minutes, enough for any test.
coming_names() {
	local now
	now=$(date +%s)
	for ((i = 0; i < 600; i++)); do
		printf 'rethinkdb_dump_%(%Y-%m-%dT%H:%M:%S)T.tar.gz\n' $((now + i))
	done
}

# hold_coming_names FOLDER: makes each of these backups appear as being written by another process,
# whose pid is in holder.
hold_coming_names() {
	rm -rf "$work/names-held"
	coming_names >"$work/names"
	python3 - "$1" "$work/names" "$work/names-held" <<-'END' &
		import fcntl, os, resource, signal, sys
		resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
		names = open(sys.argv[2], encoding="utf-8").read().split()
		held = [open(f"{sys.argv[1]}/.{name}.rdbfs-partial", "w") for name in names]
		for file in held:
		    fcntl.flock(file, fcntl.LOCK_EX)
		os.mkdir(sys.argv[3])
		signal.pause()
	END
	holder=$!
	servers+=("$holder")
	for ((i = 0; i < 2400; i++)); do
		[ -e "$work/names-held" ] && return
		sleep 0.05
	done
	exit 1
}

# try_real ARGUMENT…: tries to start a real server on random ports, outside the kernel's range and the
# well-known ports. A port may be in use.
try_real() {
	local folder=$work/real.${#servers[@]}
	mkdir "$folder"
	port=$((10000 + RANDOM % 4500 * 2))
	"$program" --directory "$folder/data" --bind 127.0.0.1 --no-default-bind \
		--no-update-check --no-http-admin --driver-port "$port" \
		--cluster-port $((port + 1)) --cache-size 128 --log-file "$folder/log" "$@" \
		>"$folder/out" 2>&1 &
	server=$!
	servers+=("$server")
	for ((i = 0; i < 600; i++)); do
		grep -q "Server ready" "$folder/out" && return 0
		kill -0 "$server" 2>/dev/null || break
		sleep 0.1
	done
	cat "$folder/out"
	return 1
}

# Starts a real server, $program, with further arguments. Sets port and server.
start_real() {
	for ((try = 0; try < 5; try++)); do
		try_real "$@" && return
	done
	exit 1
}

# control COMMAND…: sends a command to the running test server.
control() {
	"$tests/server/control" "$control" "$@"
}

stop_server() {
	kill "$server" && wait "$server" 2>/dev/null
	return 0
}

fail() {
	echo "${BASH_SOURCE[1]##*/}:${BASH_LINENO[0]}: ${FUNCNAME[1]}: $*" >&2
	failed=1
	return 1
}

# expect STATUS COMMAND…: runs the command, with its output in $work/out and $work/err, and fails
# unless it exits with STATUS.
expect() {
	local wanted=$1 status
	shift
	"$@" >"$work/out" 2>"$work/err"
	status=$?
	[ "$status" -eq "$wanted" ] && return 0
	echo "${BASH_SOURCE[1]##*/}:${BASH_LINENO[0]}: ${FUNCNAME[1]}: exit $status, not $wanted: $*" >&2
	cat "$work/out" "$work/err" >&2
	failed=1
	return 1
}

# Runs a command in the background with SIGINT not ignored, as on a terminal.
interruptible() {
	exec env --default-signal=INT,TERM,HUP setsid "$@"
}

# said WORDS: fails unless the last command printed WORDS to standard error.
said() {
	grep -qF -- "$1" "$work/err" && return 0
	echo "${BASH_SOURCE[1]##*/}:${BASH_LINENO[0]}: ${FUNCNAME[1]}: not said: $1" >&2
	cat "$work/err" >&2
	failed=1
	return 1
}

# Fails unless a folder is empty, hidden files included.
is_empty() {
	[ -z "$(ls -A "$1")" ] || fail "left behind: $(ls -A "$1")"
}

apple_double() { # apple_double FILE...: what a Mac writes beside each file on a foreign file system
	local file
	for file; do printf '\0\5\26\7\0\2\0\0Mac OS X' >"$file"; done
}

wait_until() { # until the command succeeds
	local tries
	for ((tries = 0; tries < 2400; tries++)); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.05
	done
	fail "never: $*"
}

run_tests() {
	local name before
	for name in $(declare -F | sed -n 's/^declare -f \(test_.*\)/\1/p'); do
		[ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
		before=$failed
		failed=0
		"$name"
		if [ $failed -eq 0 ]; then echo "ok   $name"; else echo "FAIL $name"; fi
		failed=$((failed | before))
	done
	exit $failed
}
