# shellcheck shell=bash
# For folder-*.test: runs tests of the mount that were made for a directory, on a hosting service that
# has the directory's files. Those are chosen that are about what is shown, not about a local file's
# own ways.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
export RDBFS_TEST_STORE=service RDBFS_REFRESH=1 NO_PROXY=127.0.0.1 no_proxy=127.0.0.1

# run_chosen TEST...: each is FILE/NAME.
run_chosen() {
	local name status failed=0
	for name; do
		status=0
		"$here/../mount/${name%/*}.test" "test_${name#*/}" || status=$?
		case $status in
		0) echo "ok   $name" ;;
		77) echo "skip $name" ;;
		*) echo "FAIL $name" && failed=1 ;;
		esac
	done
	exit $failed
}
