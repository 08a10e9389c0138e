# shellcheck shell=bash
# Helpers of folder-*.test: run tests of the mount on a hosting service that has the files of the
# directory.
# shellcheck source=tests/mount/chosen.sh
. "$(dirname "${BASH_SOURCE[0]}")/../mount/chosen.sh"
export RDBFS_TEST_STORE=service NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
