#include "cmd/command.h"

#include "cmd/word_distance.h"

#include <stdint.h>
#include <string.h>

/* clang-format off */
static const struct rdb_command commands[] = {
	{RDB_COMMAND_MOUNT, NULL, "[options] [SOURCE] MOUNTPOINT",
		"show a folder of backups as files",
		1, 2, true, rdb_command_mount},
	{RDB_COMMAND_DUMP, "dump", "[options]",
		"back a cluster up into an archive",
		0, 0, true, rdb_command_dump},
	{RDB_COMMAND_RESTORE, "restore", "[options] FILE|DIR|-",
		"restore a backup into a cluster",
		1, 1, true, rdb_command_restore},
	{RDB_COMMAND_CHECK, "check", "[options] ARCHIVE...",
		"verify checksums, structure and every document",
		1, RDB_ARGS_ANY, true, rdb_command_check},
	{RDB_COMMAND_LIST, "list", "[options] [SOURCE]",
		"show what backups there are, without a mount",
		0, 1, true, rdb_command_list},
	{RDB_COMMAND_DIFF, "diff", "[options] BACKUP [BACKUP]",
		"compare two backups, or (-c) a backup and a cluster",
		1, 2, true, rdb_command_diff},
	{RDB_COMMAND_GET, "get", "[options] BACKUP DB.TABLE [KEY...]",
		"print documents of a backup",
		2, RDB_ARGS_ANY, true, rdb_command_get},
	{RDB_COMMAND_STATUS, "status", "[options] MOUNTPOINT",
		"show what a mount is doing, and its backups",
		1, 1, false, rdb_command_status},
	{RDB_COMMAND_UNMOUNT, "unmount", "[options] MOUNTPOINT",
		"end a mount",
		1, 1, false, rdb_command_unmount},
};
/* clang-format on */

size_t rdb_commands_count(void)
{
	return sizeof(commands) / sizeof(commands[0]);
}

const struct rdb_command *rdb_commands_at(size_t i)
{
	return &commands[i];
}

/* ---- unknown commands ---- */

static const struct {
	const char *word, *command;
} aliases[] = {{"umount", "unmount"}, {"backup", "dump"}, {"export", "dump"}, {"import", "restore"},
	{"ls", "list"}, {"snapshots", "list"}, {"verify", "check"}, {"test", "check"},
	{"info", "status"}, {"stat", "status"}};

const char *rdb_commands_meant(const char *word)
{
	size_t best = 3;
	const char *meant = NULL;

	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcmp(word, aliases[i].word) == 0)
			return aliases[i].command;
	for (size_t i = 0; i < rdb_commands_count(); i++) {
		const char *name = commands[i].name;
		size_t far = name ? rdb_word_distance(word, strlen(word), name) : SIZE_MAX;
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
