/*
 * Descriptions of options, and types of their values. The table of options is in options.c, and the
 * values are in struct rdb_settings.
 */
#ifndef RDB_CMD_OPTION_H
#define RDB_CMD_OPTION_H

#include "base/err.h"

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
	RDB_OPTION_FLAG,   /* type bool */
	RDB_OPTION_TEXT,   /* type char *; not empty */
	RDB_OPTION_PATH,   /* type char *; made absolute, since the program changes its folder */
	RDB_OPTION_SOURCE, /* like RDB_OPTION_PATH, or the address of a remote store as it is */
	RDB_OPTION_LIST,   /* type struct rdb_list; may be given repeatedly */
	RDB_OPTION_NUMBER, /* type uint64_t */
	RDB_OPTION_SIZE,   /* type uint64_t, bytes; K, M, G and T are powers of 1024 */
	RDB_OPTION_TIME,   /* type uint64_t, seconds; m, h and d are minutes, hours, days */
	RDB_OPTION_OCTAL,  /* type uint64_t, from 0 to 0777 */
	RDB_OPTION_USER,   /* type uint64_t; user name or number */
	RDB_OPTION_GROUP,  /* type uint64_t; group name or number */
	/* Type struct rdb_secret. On the command line, the option is a flag, and the program asks
	 * for the secret. In the configuration file and the environment, the option's value is the
	 * secret. */
	RDB_OPTION_SECRET,
	RDB_OPTION_CHOICE, /* type uint64_t: index of the given word in value, such as "a|b|c" */
	/* Type char. The value is one ASCII character, but not a double quote, CR or LF. The values
	 * "tab" and "\t" mean a tab. */
	RDB_OPTION_DELIMITER,
};

enum rdb_option_place {
	RDB_OPTION_IN_WORDS = 1,    /* allowed after -o, and therefore in fstab */
	RDB_OPTION_IN_CONFIG = 2,   /* allowed in the configuration file */
	RDB_OPTION_IS_OFFICIAL = 4, /* rethinkdb dump or restore has the same option */
};

/* Origins of an option's value, in ascending priority. */
enum rdb_origin { RDB_ORIGIN_DEFAULT, RDB_ORIGIN_CONFIG, RDB_ORIGIN_ENVIRONMENT, RDB_ORIGIN_ARGV };

/* Value of the field "offset" of struct rdb_option for an option whose value is not stored in
 * struct rdb_settings. */
#define RDB_OPTION_NOWHERE SIZE_MAX

struct rdb_settings;

struct rdb_option {
	const char *name;
	char letter; /* 0 if the option has no letter */
	enum rdb_option_kind kind;
	unsigned commands; /* commands with this option, as bits 1 << enum rdb_command_id */
	unsigned places;   /* bits of enum rdb_option_place, besides the command line */
	const char *value; /* name of the value in --help; NULL for a flag */
	const char *help;  /* NULL for an undocumented option of tests */
	size_t offset;     /* offset of its value in struct rdb_settings, or RDB_OPTION_NOWHERE */
	uint64_t min, max; /* range of a number; max is 0 if there is no upper limit */
};

/* List of texts. "items" ends with NULL, but is NULL itself in an empty list. */
struct rdb_list {
	char **items;
	size_t count;
};

struct rdb_secret {
	bool ask;   /* ask the user for the secret */
	char *text; /* secret from the configuration, in vault memory; NULL if none */
};

/* Sets an option to "value", which is NULL for a flag. If an origin of higher priority has already
 * set the option, only checks the value. Returns 0, -ENOMEM or -EINVAL. */
int rdb_option_set(const struct rdb_option *option, const char *value, enum rdb_origin origin,
	struct rdb_settings *settings, struct rdb_err *err);

/* Frees an option's value, and marks the option as not given. */
void rdb_option_reset(const struct rdb_option *option, struct rdb_settings *settings);

/* Returns whether the type of the option's value is char *. */
bool rdb_option_is_text(const struct rdb_option *option);

/* Returns whether a command accepts an option. */
bool rdb_option_is_for(const struct rdb_option *option, enum rdb_command_id command);

/* Returns where the value of an option comes from, for example from the command line. "name" must
 * be the name of an option in the table in cmd/options.h. */
enum rdb_origin rdb_option_origin(const char *name, const struct rdb_settings *s);

#endif
