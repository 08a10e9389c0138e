# Helpers of the tests of restore/: an empty cluster and a mount. REAL=1 uses a real server.
# shellcheck shell=bash disable=SC2034
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

errno=$tests/mount/errno
mnt=
daemon=
server_args=() # of the next start, for the test server
login=         # NAME:PASSWORD of the next start; none: admin

end_mount() {
	[ -n "$daemon" ] || return 0
	kill "$daemon" 2>/dev/null
	wait "$daemon" || fail "rdbfs ended with $?: $(tail -n 30 "$work/mount.log")"
	daemon=
	! compgen -G "$work/sanitizer*" >/dev/null || fail "$(cat "$work"/sanitizer*)"
	fusermount3 -uqz "$mnt" 2>/dev/null
	return 0
}

end_all() {
	end_mount
	clean_up
}
trap end_all EXIT

# Starts a cluster without databases, and mounts the fixture with further options. Removes cleanup
# records of killed programs, whose clusters do not exist any more.
start() {
	end_mount
	rm -rf "$XDG_STATE_HOME"
	[ -z "${server:-}" ] || stop_server
	if [ -n "${REAL:-}" ]; then start_real; else start_server "${server_args[@]}"; fi
	start_mount "$@"
}

# Starts a cluster whose port no other process gets while the server is stopped.
start_for_stopping() {
	hold_port
	server_args=(--port "$held")
	start "$@"
	server_args=()
}

start_mount() {
	mnt=$work/mnt.${#servers[@]}
	mkdir -p "$mnt" "$work/backups"
	cp "$fixture" "$work/backups/"
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}log_path=$work/sanitizer \
		TSAN_OPTIONS=${TSAN_OPTIONS:+$TSAN_OPTIONS:}log_path=$work/sanitizer \
		"$rdbfs" --source "$work/backups" --index-dir "$work/cache" -f \
		-c "${login:+rethinkdb://$login@}127.0.0.1:$port" --retry 5 "$@" "$mnt" 2>"$work/mount.log" &
	daemon=$!
	for ((i = 0; i < 2400; i++)); do
		findmnt -n --mountpoint "$mnt" >/dev/null && return
		kill -0 "$daemon" 2>/dev/null || break
		sleep 0.05
	done
	cat "$work/mount.log"
	exit 1
}

stop_cluster() {
	stop_server
	server=
}

# Prints the tables, or "not known" if the server cannot be asked.
tables() {
	"$here/tables" "$port" || echo "not known"
}

# Waits until the cluster has only these tables, because unfinished ones are dropped a moment later.
await_tables() {
	for ((i = 0; i < 1200; i++)); do
		[ "$(tables)" = "$*" ] && return
		sleep 0.1
	done
	fail "left: $(tables); $(tail -n 20 "$mnt/.rdbfs/log")"
}

await_no_tables() {
	await_tables
}

# holds DB: fails unless the database DB equals the fixture's database.
holds() {
	local info=loose
	rm -rf "$work/held" "$work/held.tar.gz"
	mkdir "$work/held"
	expect 0 "$rdbfs" dump -q -c "127.0.0.1:$port" -e "$1" -f "$work/held.tar.gz"
	if [ "$1" != shop ]; then
		info=none
		tar xzf "$work/held.tar.gz" -C "$work/held"
		mv "$work"/held/*/"$1" "$work/held/shop"
		tar czf "$work/held.tar.gz" -C "$work" held/shop
	fi
	"$same" --info=$info "$fixture" "$work/held.tar.gz" || fail "$1 differs"
}
