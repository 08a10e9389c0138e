# fish completion for rdbfs: what there is to complete is read from rdbfs --help.

function __rdbfs_commands
	rdbfs --help 2>/dev/null | string replace -rf '^ +rdbfs ([a-z]+) (?:\S+ )*? +(.*)$' '$1\t$2'
end

function __rdbfs_command
	set -l words (commandline -opc)
	set -q words[2]; and contains -- $words[2] (__rdbfs_commands | string split -f1 \t)
	and echo $words[2]
end

# The options of a command: letter, name, value and text, with tabs between.
function __rdbfs_options
	rdbfs $argv --help 2>/dev/null |
		string replace -rf '^  (?:-(.),|   ) --([a-z0-9-]+)(?: (\S+))?(?: +(.*))?$' '$1\t$2\t$3\t$4'
end

# What the value of an option may be, by what --help calls it.
function __rdbfs_value
	switch $argv[1]
		case DIR
			__fish_complete_directories (commandline -ct)
		case FILE
			__fish_complete_path (commandline -ct)
		case USER
			__fish_complete_users
		case GROUP
			__fish_complete_groups
		case '*|*'
			string split '|' $argv[1]
	end
end

function __rdbfs_complete
	set -l words (commandline -opc)
	set -l command (__rdbfs_command)
	for line in (__rdbfs_options $command)
		set -l option (string split \t $line)
		if test -n "$option[3]"; and contains -- $words[-1] --$option[2] -$option[1]
			__rdbfs_value $option[3]
			return
		end
	end
	for line in (__rdbfs_options $command)
		set -l option (string split \t $line)
		echo --$option[2]\t$option[4]
		test -n "$option[1]"; and echo -$option[1]\t$option[4]
	end
	switch "$command"
		case status unmount
			findmnt -rn -t fuse.rdbfs -o TARGET
		case ''
			set -q words[2]; or __rdbfs_commands
			__fish_complete_directories (commandline -ct)
		case '*'
			__fish_complete_path (commandline -ct)
	end
end

complete -c rdbfs -f -a '(__rdbfs_complete)'
