# shellcheck shell=bash
# Installs what is missing on Debian or Ubuntu. Sourced by cmd/quickstart and tests/run.

# shellcheck disable=SC2034 # used by those that source this
BUILD_PACKAGES=(
	build-essential cmake ninja-build pkg-config libfuse3-dev fuse3 libarchive-dev libisal-dev
	libjansson-dev libcurl4-openssl-dev libssl-dev zlib1g-dev
)

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# install_missing PACKAGE...: asks for root and the network only if something is missing.
install_missing() {
	local package missing=()
	for package in "$@"; do
		installed "$package" || missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	if ! command -v apt-get >/dev/null; then
		echo "${0##*/}: no apt-get here; please install: ${missing[*]}" >&2
		return 1
	fi
	echo "installing ${missing[*]}"
	as_root apt-get -q update || echo "${0##*/}: apt-get update failed; trying with the lists at hand" >&2
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends "${missing[@]}"
}
