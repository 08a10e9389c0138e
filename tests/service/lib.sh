# shellcheck shell=bash
# Helpers of the tests of a hosting service: a stand-in with its files in $cloud and a private
# certificate authority.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../mount/lib.sh"
tests=$(cd "$here/.." && pwd)
service=$tests/service
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1

# Makes certificates of an authority that only the tests trust, once for each script.
certificates() {
	local dir=$work/tls
	mkdir -p "$dir"
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority \
		-keyout "$dir/ca.key" -out "$dir/ca.pem" 2>/dev/null
	openssl req -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 \
		-keyout "$dir/key.pem" -out "$dir/request.pem" 2>/dev/null
	openssl x509 -req -in "$dir/request.pem" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" \
		-CAcreateserial -days 2 -out "$dir/cert.pem" \
		-extfile <(printf 'subjectAltName=IP:127.0.0.1\n') 2>/dev/null
}

# start_service [OPTION...]: starts the stand-in. Sets $backups, the address of the deployment, and
# $stand_in.
start_service() {
	cloud=$work/cloud
	mkdir -p "$cloud"
	printf 'secret-token\n' >"$cloud/token"
	(umask 077 && printf 'secret-token\n' >"$work/token")
	[ -e "$cloud/backups.json" ] || printf '[]' >"$cloud/backups.json"
	rm -f "$cloud/ports"
	"$service/stand-in" "$cloud" "$@" 2>"$work/stand-in.log" 8>&- 9>&- &
	stand_in=$!
	trap end_servers EXIT
	wait_until [ -s "$cloud/ports" ]
	read -r api_port download_port <"$cloud/ports"
	case " $* " in
	*" --tls "*) backups=compose+https://127.0.0.1:$api_port/2016-07/deployments/blog ;;
	*) backups=compose+http://127.0.0.1:$api_port/2016-07/deployments/blog ;;
	esac
	export RDBFS_TOKEN_FILE=$work/token XDG_STATE_HOME=$work/state
	: "$download_port"
}

# Ends the processes of a test, removes its files, and exits with the status of the test.
end_servers() {
	local status=$?
	set +e
	kill "$stand_in" ${server:+"$server"} 2>/dev/null
	(exit $status)
	cleanup
}

stop_service() {
	kill "$stand_in"
	wait "$stand_in" 2>/dev/null || true
}

# put ID NAME [OPTION...]: adds a small, complete backup to the list of the service.
put() {
	"$make_backup" --rows 40 "${@:3}" "$cloud/$1.tar.gz"
	list "$1" "$2" daily complete true "$cloud/$1.tar.gz"
}

# list ID NAME TYPE STATUS DOWNLOADABLE [FILE]: adds a backup to the service's list.
list() {
	jq --arg id "$1" --arg name "$2" --arg type "$3" --arg status "$4" --argjson can "$5" \
		--arg file "${6:-}" '. + [{id: $id, name: $name, type: $type, status: $status,
		is_downloadable: $can, created_at: "2018-05-01T12:25:38.123Z", file: $file}]' \
		"$cloud/backups.json" >"$cloud/backups.new"
	mv "$cloud/backups.new" "$cloud/backups.json"
}

# unlist ID: removes a backup from the list.
unlist() {
	jq --arg id "$1" 'map(select(.id != $id))' "$cloud/backups.json" >"$cloud/backups.new"
	mv "$cloud/backups.new" "$cloud/backups.json"
}

# rules LINE...: sets the stand-in's rules. options JSON: sets its options. See stand-in.
rules() {
	printf '%s\n' "$@" >"$cloud/rules.new"
	mv "$cloud/rules.new" "$cloud/rules"
}

options() {
	printf '%s' "$1" >"$cloud/options.new"
	mv "$cloud/options.new" "$cloud/options.json"
}

# requests REGEX: prints the number of requests in the log that match.
requests() {
	grep -cE "$1" "$cloud/log" || true
}

# waited SECONDS REGEX: fails unless the second matching request came at least SECONDS after the answer
# to the first.
waited() {
	awk -v least="$1" -v regex="$2" '$0 ~ regex { n++; if (n == 1) first = $1; if (n == 2) second = $1 }
		END { exit !(n >= 2 && second - first >= least) }' "$cloud/times" ||
		fail "not $1 s between: $(cat "$cloud/times")"
}

nothing_leaked() {
	equal "$(requests '^LEAK')" 0 "requests that bear the token where they should not"
}
