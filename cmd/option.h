/*
 * Description of an option, and types of values. The options are the table in options.c, the values
 * struct rdb_settings.
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
	RDB_OPTION_PATH,   /* char *; made absolute, since the program changes its directory */
	RDB_OPTION_LIST,   /* struct rdb_list; may be repeated */
	RDB_OPTION_NUMBER, /* uint64_t */
	RDB_OPTION_SIZE,   /* uint64_t, bytes; K, M, G, T are powers of 1024 */
	RDB_OPTION_TIME,   /* uint64_t, seconds; m, h, d are minutes, hours, days */
	RDB_OPTION_OCTAL,  /* uint64_t, 0 to 0777 */
	RDB_OPTION_USER,   /* uint64_t; name or number */
	RDB_OPTION_GROUP,  /* uint64_t; name or number */
	/* struct rdb_secret; on the command line a flag without a value, which other users could
	 * see; a text in the configuration and the environment */
	RDB_OPTION_SECRET,
	RDB_OPTION_CHOICE, /* uint64_t: index of the word in value, which "|" separates */
	/* char; ASCII except quote, CR, LF; a tab also as "tab" and as "\t" (two characters) */
	RDB_OPTION_DELIMITER,
};

enum rdb_option_place {
	RDB_OPTION_IN_WORDS = 1,    /* allowed after -o, and so in fstab */
	RDB_OPTION_IN_CONFIG = 2,   /* allowed in the configuration file */
	RDB_OPTION_IS_OFFICIAL = 4, /* rethinkdb dump or restore has the same option */
};

/* Sources of a value, in rising order: each one overrides the preceding ones. */
enum rdb_origin { RDB_ORIGIN_DEFAULT, RDB_ORIGIN_CONFIG, RDB_ORIGIN_ENVIRONMENT, RDB_ORIGIN_ARGV };

struct rdb_option {
	const char *name;
	char letter; /* 0: none */
	enum rdb_option_kind kind;
	unsigned commands; /* bit mask of 1 << enum rdb_command_id */
	unsigned places;   /* enum rdb_option_place bits, besides command line and environment */
	const char *value; /* name of the value in --help; NULL for a flag */
	const char *help;  /* NULL: undocumented, for tests */
	size_t offset;     /* in struct rdb_settings; unused for -o */
	uint64_t min, max; /* range of a number; max 0: no limit */
};

/* Texts in the given order; freed with the settings. NULL-terminated unless empty. */
struct rdb_list {
	char **items;
	size_t count;
};

struct rdb_secret {
	bool ask;   /* prompt for it */
	char *text; /* value in the configuration, in the vault; NULL: none */
};

#endif
