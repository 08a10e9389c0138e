# shellcheck shell=bash
# Helpers of the tests of the mounted file system. A test is a function test_NAME; the script ends with
# run_tests "$@". Each test runs in a process and a temporary folder of its own: SCRIPT test_NAME
# runs one alone. Folders: $backups is what is mounted at $mnt, $work is for anything.
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
make_backup=$here/../make-backup
# shellcheck disable=SC2034 # used by the tests
data=$(cd "$here/../data" && pwd)
rdbfs=${RDBFS_BUILD:?names the build folder}/rdbfs
export TZ=UTC LC_ALL=C.UTF-8
unset XDG_RUNTIME_DIR

fail() {
	echo "FAILED: $*" >&2
	exit 1
}

skip() {
	echo "$*"
	exit 77
}

# ---- one test ----

setup() {
	work=$(mktemp -d "${TMPDIR:-/tmp}/rdbfs-test.XXXXXX")
	backups=$work/backups
	mnt=$work/mnt
	daemon=
	cache=$work/cache/rdbfs
	mkdir -p "$backups" "$mnt" "$work/config/rdbfs"
	export XDG_CONFIG_HOME=$work/config XDG_CACHE_HOME=$work/cache XDG_DATA_HOME=$work/share
	# Root's default folder would be in /var.
	printf '{"index-dir": "%s"}\n' "$cache" >"$work/config/rdbfs/config.json"
	local options=log_path=$work/sanitizer
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}$options
	export UBSAN_OPTIONS=${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}$options
	export TSAN_OPTIONS=${TSAN_OPTIONS:+$TSAN_OPTIONS:}$options
	trap cleanup EXIT
}

mounted() {
	findmnt -n --mountpoint "$mnt" >/dev/null
}

cleanup() {
	local status=$?
	set +e
	[ $status -eq 0 ] || explain
	local point
	for point in $(findmnt -rn -o TARGET | grep -F "$work/"); do
		fusermount3 -uz "$point" || umount -l "$point"
	done
	end_daemon || status=1
	if compgen -G "$work/sanitizer*" >/dev/null; then
		cat "$work"/sanitizer* >&2
		status=1
	fi
	chmod -R u+rwX "$work" 2>/dev/null
	rm -rf "$work"
	exit $status
}

# Prints the last lines that the mount wrote to standard error and to its log.
explain() {
	[ ! -e "$work/stderr" ] || tail -n 30 "$work/stderr" | sed 's/^/rdbfs: /' >&2
	! mounted || timeout 5 tail -n 20 "$mnt/.rdbfs/log" 2>/dev/null | sed 's/^/log: /' >&2
}

end_daemon() {
	[ -n "$daemon" ] || return 0
	local tries=0
	while kill -0 "$daemon" 2>/dev/null; do
		tries=$((tries + 1))
		[ $tries -ne 1200 ] || kill -ABRT "$daemon"
		sleep 0.1
	done
	local status=0
	wait "$daemon" || status=$?
	daemon=
	[ $tries -lt 1200 ] || { echo "FAILED: rdbfs did not end" >&2 && return 1; }
	[ $status -eq 0 ] || { echo "FAILED: rdbfs ended with $status" >&2 && return 1; }
}

# run_tests [TEST]: runs one test, or each test in a process of its own.
run_tests() {
	[ -e /dev/fuse ] || skip "no /dev/fuse"
	[ -w /dev/fuse ] || skip "/dev/fuse may not be opened"
	[ -x "$rdbfs" ] || fail "$rdbfs has not been built"
	if [ $# -gt 0 ]; then
		setup
		"$1"
		exit
	fi
	local test status failed=0
	for test in $(sed -n 's/^\(test_[A-Za-z0-9_]*\)() {$/\1/p' "$0"); do
		status=0
		"$0" "$test" || status=$?
		case $status in
		0) echo "ok   $test" ;;
		77) echo "skip $test" ;;
		*) echo "FAIL $test" && failed=1 ;;
		esac
	done
	exit $failed
}

# ---- the mount ----

serving() {
	mounted && [ -e "$mnt/.rdbfs/status" ]
}

serving_or_ended() {
	serving || ! kill -0 "$daemon" 2>/dev/null
}

# Sets the source to mount: the folder, or a store that copies its files and follows its changes
# (RDBFS_TEST_STORE, see s3/mount.test and service/folder.sh).
choose_source() {
	source=$backups
	case ${RDBFS_TEST_STORE:-} in
	s3) choose_bucket ;;
	service) choose_service ;;
	esac
}

# Creates a new bucket for each mount of a test.
choose_bucket() {
	bucket=mount-$$-$RANDOM
	"$here/../s3/s3" make "$bucket"
	"$here/../s3/s3" follow "$bucket" p/ "$backups" $$ "$work/$bucket" >/dev/null 2>&1 8>&- 9>&- &
	wait_until [ -e "$work/$bucket" ]
	source=s3://$bucket/p
}

# stored_time FILE: prints the modification time in the mounted store. In a bucket this is the time of
# the upload.
stored_time() {
	case ${RDBFS_TEST_STORE:-} in
	s3) date +%s -d "$("$here/../s3/s3" head "$bucket" "p/$1" | sed -n 's/^last-modified: //p')" ;;
	*) stat -c %Y "$backups/$1" ;;
	esac
}

# Starts one stand-in of the service for all mounts of a test.
choose_service() {
	local cloud=$work/cloud
	if [ ! -e "$cloud" ]; then
		mkdir "$cloud"
		(umask 077 && printf 'secret-token\n' | tee "$cloud/token" >"$work/token")
		export RDBFS_TOKEN_FILE=$work/token XDG_STATE_HOME=$work/state
		[ -z "${RDBFS_TEST_OPTIONS:-}" ] || printf '%s' "$RDBFS_TEST_OPTIONS" >"$cloud/options.json"
		"$here/../service/stand-in" "$cloud" --archives "$backups" 2>"$work/stand-in" 8>&- 9>&- &
		wait_until [ -s "$cloud/ports" ]
	fi
	source=compose+http://127.0.0.1:$(cut -d' ' -f1 "$cloud/ports")/2016-07/deployments/blog
}

# start [OPTION...]: mounts $backups in the foreground, without descriptors 8 and 9 of the test.
start() {
	local source
	choose_source
	"$rdbfs" --foreground --source "$source" "$@" "$mnt" 2>>"$work/stderr" 8>&- 9>&- &
	daemon=$!
	wait_until serving_or_ended
	serving || fail "rdbfs ended at once"
}

unmounted() {
	fusermount3 -u "$mnt" 2>/dev/null || umount "$mnt" 2>/dev/null
}

stop() {
	wait_until unmounted
	end_daemon || fail "after unmounting"
}

# wait_until COMMAND...: waits until the command succeeds. The limit only ensures that a test ends.
wait_until() {
	local tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ $tries -lt 2400 ] || fail "waited in vain: $*"
		sleep 0.05
	done
}

shown() {
	[ -e "$mnt/$1" ]
}

not_shown() {
	[ ! -e "$mnt/$1" ]
}

latest_is() {
	[ "$(readlink "$mnt/latest")" = "$1" ]
}

# ---- what is expected ----

equal() {
	[ "$1" = "$2" ] || fail "${3:-}: got '$1', expected '$2'"
}

# expect ERRNO OPERATION ARGUMENT...: fails unless the operation ends in ERRNO (see the script errno).
expect() {
	local wanted=$1 got
	shift
	got=$("$here/errno" "$@")
	equal "$got" "$wanted" "$*"
}

attribute() {
	getfattr --absolute-names --only-values -n "user.rdbfs.$2" "$mnt/$1" 2>/dev/null
}

state_is() {
	case "$(attribute "$1" state)" in
	"$2") ;;
	*) return 1 ;;
	esac
}

settled() {
	case "$(attribute "$1" state)" in
	ok | damaged | damaged:*) ;;
	*) return 1 ;;
	esac
}

# verified BACKUP STATE: lists the backup for the first time, and waits until its scan has ended.
verified() {
	timeout 120 ls "$mnt/$1" >/dev/null 2>&1 || true
	wait_until settled "$1"
	equal "$(attribute "$1" state)" "$2" "state of $1"
}

same() {
	diff -r "$1" "$2" >"$work/diff" 2>&1 || fail "$1 and $2 differ: $(head -n 5 "$work/diff")"
}

# dump FILE [OPTION...]: creates a small backup in $backups, by a rename, so that it appears whole.
dump() {
	local file=$1
	shift
	mkdir -p "$work/making"
	"$make_backup" --rows 40 "$@" "$work/making/$file"
	mv "$work/making/$file" "$backups/$file"
}

# extracted FILE FOLDER: unpacks an archive with tar, without its top folder.
extracted() {
	mkdir -p "$2"
	case $1 in
	*.lz4) lz4 -dc "$1" | tar x -C "$2" --strip-components=1 ;;
	*) tar xf "$1" -C "$2" --strip-components=1 ;;
	esac
}

# Creates an archive whose scan takes long: its last table is gigabytes of zeros, in bzip2.
slow_archive() {
	"$make_backup" --rows 2000 --kind open-end --bomb-size 32G --compress none \
		--expect "$work/slow" "$work/slow.tar"
	head -c 64M /dev/zero | bzip2 -c >"$work/zeros.bz2"
	{
		bzip2 -c <"$work/slow.tar"
		for _ in $(seq 512); do
			cat "$work/zeros.bz2"
		done
	} >"$work/making.bz2"
	mv "$work/making.bz2" "$backups/slow.tar.bz2"
}

# ---- ends without unmounting ----

# Kills the daemon, as the kernel does when memory is short. The dead mount stays.
kill_daemon() {
	kill -KILL "$daemon"
	wait "$daemon" 2>/dev/null || true
	daemon=
}

release_mount() {
	fusermount3 -uz "$mnt" 2>/dev/null || umount -l "$mnt"
}
