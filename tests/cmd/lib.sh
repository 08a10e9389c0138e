# Helpers of the command's tests. Sets $rdbfs, $work (removed at the end) and $samples.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # used by those that source this
rdbfs=${RDBFS_BUILD:?}/rdbfs
# shellcheck disable=SC2034
samples=${RDBFS_TEST_DATA:-$here/../data}/samples
work=$(mktemp -d /tmp/rdbfs-cmd-XXXXXX)
failed=0

export XDG_CONFIG_HOME=$work/config XDG_CACHE_HOME=$work/cache XDG_DATA_HOME=$work/data
export XDG_STATE_HOME=$work/state

# configure [MEMBER]: writes the configuration file, with a folder for indexes.
configure() {
	mkdir -p "$XDG_CONFIG_HOME/rdbfs"
	printf '{"index-dir": "%s"%s}\n' "$XDG_CACHE_HOME/rdbfs" "${1:+, $1}" \
		>"$XDG_CONFIG_HOME/rdbfs/config.json"
}
configure

# The memory of a killed process is not a leak.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0

cleanup() {
	cd /
	for mounted in $(findmnt -rn -o TARGET | grep "^$work" | sort -r); do
		umount -l "$mounted" 2>/dev/null || fusermount3 -u -z "$mounted"
	done
	rm -rf "$work"
}
trap cleanup EXIT

fail() {
	echo "FAIL: $*"
	failed=1
}

# expect CODE WORDS COMMAND...: fails unless the command exits with CODE and prints WORDS.
expect() {
	local code=$1 words=$2 out got
	shift 2
	out=$(timeout 120 "$@" 2>&1 </dev/null)
	got=$?
	[ "$got" = "$code" ] || fail "$*: exit $got, not $code: $out"
	case $out in
	*"$words"*) ;;
	*) fail "$*: lacks \"$words\": $out" ;;
	esac
}

# eventually COMMAND...: repeats the command until it succeeds; fails after a limit.
eventually() {
	for _ in $(seq 2400); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.05
	done
	fail "never: $*"
}

# Runs the command that follows as another user, without folders of that user.
nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/nonexistent XDG_CONFIG_HOME=/nonexistent
	XDG_CACHE_HOME=/nonexistent)

can_be_nobody() {
	[ "$(id -u)" = 0 ] && "${nobody[@]}" test -x "$rdbfs"
}

need_fuse() {
	[ -w /dev/fuse ] && return
	echo "there is no /dev/fuse that can be used"
	exit 77
}

finish() {
	[ "$failed" = 0 ] && echo ok
	exit "$failed"
}
