# bash completion for rdbfs: what there is to complete is read from rdbfs --help.

# The options of a command, "-x --name VALUE" a line; "." for no letter or no value.
_rdbfs_options() {
	rdbfs ${1:+"$1"} --help 2>/dev/null | sed -nE \
		-e 's/^  (-.,|   ) --([a-z0-9-]+)( ([^ ]+))?( .*)?$/\1 --\2 \4/' \
		-e 's/^(-.),/\1/; s/^    --/. --/; /^[-.]/{s/ $/ ./; p}'
}

_rdbfs_commands() {
	rdbfs --help 2>/dev/null | sed -nE 's/^ +rdbfs ([a-z]+) .*/\1/p'
}

# What the value of an option may be, by what --help calls it.
_rdbfs_value() {
	case $1 in
	DIR) compopt -o filenames && mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
	FILE) compopt -o filenames && mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	USER) mapfile -t COMPREPLY < <(compgen -u -- "$cur") ;;
	GROUP) mapfile -t COMPREPLY < <(compgen -g -- "$cur") ;;
	NAME\[=*) _rdbfs_words ;;
	*"|"*) mapfile -t COMPREPLY < <(compgen -W "${1//|/ }" -- "$cur") ;;
	esac
}

# The words after -o are the mount's options without their dashes.
_rdbfs_words() {
	local name value words=() before=
	[[ $cur == *,* ]] && before=${cur%,*},
	while read -r _ name value; do
		name=${name#--}
		case $value in
		.) words+=("$name") ;;
		*"|"*) for value in ${value//|/ }; do words+=("$name=$value"); done ;;
		*) words+=("$name=") ;;
		esac
	done < <(_rdbfs_options)
	compopt -o nospace
	mapfile -t COMPREPLY < <(compgen -P "$before" -W "${words[*]}" -- "${cur##*,}")
}

_rdbfs() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command='' letter name value names=()

	COMPREPLY=()
	[[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
	[[ $cur == = ]] && prev=${COMP_WORDS[COMP_CWORD - 1]} && cur=
	if ((COMP_CWORD > 1)) && _rdbfs_commands | grep -qxF -e "${COMP_WORDS[1]}"; then
		command=${COMP_WORDS[1]}
	fi
	while read -r letter name value; do
		if [[ $value != . && ($prev == "$name" || $prev == "$letter") ]]; then
			_rdbfs_value "$value"
			return
		fi
		names+=("$name")
		[[ $letter == . ]] || names+=("$letter")
	done < <(_rdbfs_options "$command")
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "${names[*]}" -- "$cur")
		return
	fi
	compopt -o filenames
	case $command in
	check | restore | diff | get | list) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	*) mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
	esac
	if ((COMP_CWORD == 1)); then
		mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$(_rdbfs_commands)" -- "$cur")
	fi
}

complete -F _rdbfs rdbfs
