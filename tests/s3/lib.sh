# Helpers of the tests on a bucket of Ceph's gateway. Source this file first: the gateway then runs $0.
# shellcheck shell=bash
[ -n "${RDBFS_TEST_S3:-}" ] || exec "$(dirname "$0")/gateway" run "$0" "$@"
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/../mount/lib.sh"
tests=$(cd "$here/.." && pwd)
export AWS_ENDPOINT_URL_S3=$RDBFS_TEST_S3 PYTHONWARNINGS=ignore

s3() {
	"$tests/s3/s3" "$@"
}

new_bucket() {
	bucket=rdbfs-$$-$RANDOM
	s3 make "$bucket"
	export XDG_STATE_HOME=$work/state TMPDIR=$work
	backups=s3://$bucket/prod
}

# put FILE [OPTION...]: puts a small backup into the bucket.
put() {
	"$make_backup" --rows 40 "${@:2}" "$work/$1"
	s3 put "$bucket" "prod/$1" "$work/$1"
}

end_server() {
	kill "$server"
	wait "$server" 2>/dev/null || true
}

# start_cluster [OPTION...]: starts a cluster with the tables of the fixture. Sets port and server.
start_cluster() {
	rm -f "$work/port"
	"$tests/server/reql-server" --port-file "$work/port" "$@" >"$work/server.log" 2>&1 8>&- 9>&- &
	server=$!
	wait_until [ -s "$work/port" ]
	port=$(cat "$work/port")
	"$rdbfs" restore -q -c "127.0.0.1:$port" "$data/all-types.tar.gz"
}

our_dump() {
	"$rdbfs" dump -q -c "127.0.0.1:$port" "$@"
}

nothing_unfinished() {
	equal "$(s3 uploads "$bucket")" "" "unfinished uploads"
	equal "$(find "$work/state" -type f 2>/dev/null)" "" "records"
}

# start_proxy [OPTION...]: starts a proxy that follows the rules in $work/rules and logs requests to
# $work/requests. rdbfs uses the proxy from then on.
start_proxy() {
	touch "$work/rules" "$work/requests"
	"$tests/s3/fault-proxy" --port-file "$work/proxy-port" --rules "$work/rules" --log "$work/requests" \
		"$@" 8>&- 9>&- &
	proxy=$!
	wait_until [ -s "$work/proxy-port" ]
	export AWS_ENDPOINT_URL_S3=http://127.0.0.1:$(cat "$work/proxy-port")
}

rules() {
	printf '%s\n' "$@" >"$work/rules"
}

end_proxy() {
	kill "$proxy"
	wait "$proxy" 2>/dev/null || true
}

# requests REGEX: prints the number of requests that match.
requests() {
	grep -cE -- "$1" "$work/requests" || true
}

requested() {
	[ "$(requests "$1")" -gt 0 ]
}

# kill_dumps COUNT: kills as many dumps, each at a random moment from its start to a little after its
# end. After the next start nothing is left of it; only a dump that had ended already is there, whole.
kill_dumps() {
	local i dump ended=0 begin whole moment
	local slow=("$rdbfs" dump -q -c "127.0.0.1:$port" --max-rate 100K -f "$backups/killed.tar.gz")
	begin=$(date +%s%N)
	"${slow[@]}"
	whole=$((($(date +%s%N) - begin) / 1000000))
	s3 delete "$bucket" prod/killed.tar.gz
	for i in $(seq "$1"); do
		"${slow[@]}" 2>/dev/null &
		dump=$!
		moment=$((RANDOM % (whole * 11 / 10 + 1)))
		sleep "$((moment / 1000)).$(printf %03d $((moment % 1000)))"
		kill -KILL $dump 2>/dev/null || true
		wait $dump 2>/dev/null || true
		our_dump --overwrite-file -f "$backups/next.tar.gz"
		nothing_unfinished
		if s3 list "$bucket" prod/killed | grep -q .; then
			ended=$((ended + 1))
			"$rdbfs" check -q "$backups/killed.tar.gz"
			s3 delete "$bucket" prod/killed.tar.gz
		fi
		equal "$(s3 list "$bucket")" prod/next.tar.gz
	done
	echo "$1 dumps killed, $ended of them after their end"
}
