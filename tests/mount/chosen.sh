# shellcheck shell=bash
# Runs chosen tests of the mount, written for a directory, on another store (RDBFS_TEST_STORE, see
# lib.sh). The chosen tests are about the tree, not about properties of local files.
set -euo pipefail
mount_tests=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
export RDBFS_REFRESH=1

# run_chosen TEST...: runs tests named FILE/NAME.
run_chosen() {
	local name status failed=0
	for name; do
		status=0
		"$mount_tests/${name%/*}.test" "test_${name#*/}" || status=$?
		case $status in
		0) echo "ok   $name" ;;
		77) echo "skip $name" ;;
		*) echo "FAIL $name" && failed=1 ;;
		esac
	done
	exit $failed
}
