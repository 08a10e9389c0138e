# shellcheck shell=bash
# Helpers of folder-*.test: run tests of the mount, written for a directory, on a hosting service that
# has the files of the directory. The chosen tests are about the tree, not about properties of local
# files.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
export RDBFS_TEST_STORE=service RDBFS_REFRESH=1 NO_PROXY=127.0.0.1 no_proxy=127.0.0.1

# run_chosen TEST...: runs tests named FILE/NAME.
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
