#include "cmd/command.h"

#include <string.h>

static const struct rdb_command commands[] = {
	{
		.id = RDB_COMMAND_MOUNT,
		.arguments = "[options] [SOURCE] MOUNTPOINT",
		.summary = "show a folder of backups as files",
		.args_min = 1,
		.args_max = 2,
		.configured = true,
		.run = rdb_command_mount,
	},
	{
		.id = RDB_COMMAND_DUMP,
		.name = "dump",
		.arguments = "[options]",
		.summary = "back a cluster up into an archive",
		.args_max = 0,
		.configured = true,
		.run = rdb_command_dump,
	},
	{
		.id = RDB_COMMAND_RESTORE,
		.name = "restore",
		.arguments = "[options] FILE|DIR|-",
		.summary = "restore a backup into a cluster",
		.args_min = 1,
		.args_max = 1,
		.configured = true,
		.run = rdb_command_restore,
	},
	{
		.id = RDB_COMMAND_CHECK,
		.name = "check",
		.arguments = "[options] ARCHIVE...",
		.summary = "verify checksums, structure and every document",
		.args_min = 1,
		.args_max = RDB_ARGS_ANY,
		.run = rdb_command_check,
	},
	{
		.id = RDB_COMMAND_STATUS,
		.name = "status",
		.arguments = "[options] MOUNTPOINT",
		.summary = "show what a mount is doing, and its backups",
		.args_min = 1,
		.args_max = 1,
		.run = rdb_command_status,
	},
	{
		.id = RDB_COMMAND_UNMOUNT,
		.name = "unmount",
		.arguments = "[options] MOUNTPOINT",
		.summary = "end a mount",
		.args_min = 1,
		.args_max = 1,
		.run = rdb_command_unmount,
	},
};

size_t rdb_commands_count(void)
{
	return sizeof(commands) / sizeof(commands[0]);
}

const struct rdb_command *rdb_commands_at(size_t i)
{
	return &commands[i];
}

const struct rdb_command *rdb_commands_find(const char *name)
{
	for (size_t i = 0; i < rdb_commands_count(); i++)
		if (commands[i].name && strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}
