#include "cmd/command.h"

#include <stdint.h>
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
		.id = RDB_COMMAND_LIST,
		.name = "list",
		.arguments = "[options] [SOURCE]",
		.summary = "show what backups there are, without a mount",
		.args_max = 1,
		.configured = true,
		.run = rdb_command_list,
	},
	{
		.id = RDB_COMMAND_DIFF,
		.name = "diff",
		.arguments = "[options] BACKUP [BACKUP]",
		.summary = "compare two backups, or (-c) a backup and a cluster",
		.args_min = 1,
		.args_max = 2,
		.configured = true,
		.run = rdb_command_diff,
	},
	{
		.id = RDB_COMMAND_GET,
		.name = "get",
		.arguments = "[options] BACKUP DB.TABLE [KEY...]",
		.summary = "print documents of a backup",
		.args_min = 2,
		.args_max = RDB_ARGS_ANY,
		.configured = true,
		.run = rdb_command_get,
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

/* ---- unknown commands ---- */

#define WORD_MAX 24 /* bytes of a word that is compared */

/* Commands of other tools with the same meaning. */
static const struct {
	const char *word, *command;
} aliases[] = {{"umount", "unmount"}, {"backup", "dump"}, {"export", "dump"}, {"import", "restore"},
	{"ls", "list"}, {"snapshots", "list"}, {"verify", "check"}, {"test", "check"},
	{"info", "status"}, {"stat", "status"}};

/* Edit distance: letters to add, remove or replace to change one word into the other. */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], len = strlen(b);

	if (strlen(a) > WORD_MAX || len > WORD_MAX)
		return SIZE_MAX;
	for (size_t k = 0; k <= len; k++)
		row[k] = k;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t k = 1; k <= len; k++) {
			size_t replaced = diagonal + (a[i - 1] != b[k - 1]);
			diagonal = row[k];
			row[k] = row[k] < row[k - 1] ? row[k] + 1 : row[k - 1] + 1;
			row[k] = row[k] < replaced ? row[k] : replaced;
		}
	}
	return row[len];
}

const char *rdb_commands_meant(const char *word)
{
	size_t best = 3;
	const char *meant = NULL;

	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcmp(word, aliases[i].word) == 0)
			return aliases[i].command;
	for (size_t i = 0; i < rdb_commands_count(); i++) {
		const char *name = commands[i].name;
		size_t far = name ? distance(word, name) : SIZE_MAX;
		if (far < best && far < strlen(word)) {
			best = far;
			meant = name;
		}
	}
	return meant;
}

const struct rdb_command *rdb_commands_find(const char *name)
{
	for (size_t i = 0; i < rdb_commands_count(); i++)
		if (commands[i].name && strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}
