/*
 * What an option is, and the types of the values that options set. The options themselves are the
 * table in options.c, the values struct rdb_settings.
 */
#ifndef RDB_CMD_OPTION_H
#define RDB_CMD_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rdb_command_id {
	RDB_COMMAND_MOUNT,
	RDB_COMMAND_CHECK,
	RDB_COMMAND_STATUS,
	RDB_COMMAND_UNMOUNT,
	RDB_COMMAND_DUMP,
	RDB_COMMAND_RESTORE,
	RDB_COMMAND_DIFF,
	RDB_COMMAND_GET,
	RDB_COMMAND_LIST
};

enum rdb_option_kind {
	RDB_OPTION_FLAG,   /* bool */
	RDB_OPTION_TEXT,   /* char *; not empty */
	RDB_OPTION_PATH,   /* char *; made absolute, since the program leaves its directory */
	RDB_OPTION_LIST,   /* struct rdb_list; may be given several times */
	RDB_OPTION_NUMBER, /* uint64_t */
	RDB_OPTION_SIZE,   /* uint64_t, bytes; K, M, G, T are powers of 1024 */
	RDB_OPTION_TIME,   /* uint64_t, seconds; m, h, d are minutes, hours, days */
	RDB_OPTION_OCTAL,  /* uint64_t, 0 to 0777 */
	RDB_OPTION_USER,   /* uint64_t; name or number */
	RDB_OPTION_GROUP,  /* uint64_t; name or number */
	/* struct rdb_secret; a flag on the command line, where a value is refused because others
	 * see it, and a text in the configuration and the environment */
	RDB_OPTION_SECRET,
	RDB_OPTION_CHOICE, /* uint64_t: position among the words of value, which "|" separates */
	/* char; one of ASCII but quote, CR, LF; a tab also as "tab" and as "\t", two characters */
	RDB_OPTION_DELIMITER,
};

enum rdb_option_place {
	RDB_OPTION_IN_WORDS = 1,    /* may follow -o, and so stand in fstab */
	RDB_OPTION_IN_CONFIG = 2,   /* may stand in the configuration file */
	RDB_OPTION_IS_OFFICIAL = 4, /* rethinkdb dump or restore has it too */
};

/* Sources of a value, in rising order: each overrides those above it. */
enum rdb_origin { RDB_ORIGIN_DEFAULT, RDB_ORIGIN_CONFIG, RDB_ORIGIN_ENVIRONMENT, RDB_ORIGIN_ARGV };

struct rdb_option {
	const char *name;
	char letter; /* 0: none */
	enum rdb_option_kind kind;
	unsigned commands; /* 1 << enum rdb_command_id, added up */
	unsigned places;   /* enum rdb_option_place, beside command line and environment */
	const char *value; /* what --help calls the value; NULL for a flag */
	const char *help;  /* NULL: not documented, for tests */
	size_t offset;     /* in struct rdb_settings; none for -o */
	uint64_t min, max; /* of a number; max 0: there is no limit */
};

/* Texts in the order given; freed with the settings. NULL-terminated unless empty. */
struct rdb_list {
	char **items;
	size_t count;
};

struct rdb_secret {
	bool ask;   /* at the terminal */
	char *text; /* as the configuration has it, in the vault; NULL: not */
};

#endif
