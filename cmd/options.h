/*
 * The options: one table for the command line (--name value, --name=value, -x value), the words
 * after -o (name=value,…), fstab, the configuration file, --help and the completions.
 *
 * To add one: a member in struct rdb_settings, a line in the table, a word in the man page and
 * in the completions (a test compares them).
 */
#ifndef RDB_CMD_OPTIONS_H
#define RDB_CMD_OPTIONS_H

#include "base/err.h"
#include "cmd/settings.h"

enum rdb_command_id {
	RDB_COMMAND_MOUNT,
	RDB_COMMAND_CHECK,
	RDB_COMMAND_STATUS,
	RDB_COMMAND_UNMOUNT,
	RDB_COMMAND_DUMP,
	RDB_COMMAND_RESTORE
};

enum rdb_option_kind {
	RDB_OPTION_FLAG,   /* bool */
	RDB_OPTION_TEXT,   /* char *; not empty */
	RDB_OPTION_PATH,   /* char *; made absolute, since the program leaves its directory */
	RDB_OPTION_LIST,   /* struct rdb_list; may be given several times */
	RDB_OPTION_NUMBER, /* uint64_t */
	RDB_OPTION_SIZE,   /* uint64_t, bytes; K, M, G, T are powers of 1024 */
	RDB_OPTION_OCTAL,  /* uint64_t, 0 to 0777 */
	RDB_OPTION_USER,   /* uint64_t; name or number */
	RDB_OPTION_GROUP,  /* uint64_t; name or number */
	/* struct rdb_secret; a flag on the command line, where a value is refused because others
	 * see it, and a text in the configuration */
	RDB_OPTION_SECRET,
	RDB_OPTION_CHOICE, /* uint64_t: position among the words of value, which "|" separates */
	/* char; one of ASCII but quote, CR, LF; a tab also as "tab" and as "\t", two characters */
	RDB_OPTION_DELIMITER,
};

enum rdb_option_place {
	RDB_OPTION_IN_WORDS = 1,  /* may follow -o, and so stand in fstab */
	RDB_OPTION_IN_CONFIG = 2, /* may stand in the configuration file */
};

struct rdb_option {
	const char *name;
	char letter; /* 0: none */
	enum rdb_option_kind kind;
	unsigned commands; /* 1 << enum rdb_command_id, added up */
	unsigned places;   /* enum rdb_option_place, beside the command line */
	const char *value; /* what --help calls the value; NULL for a flag */
	const char *help;  /* NULL: for tests, and told nowhere */
	size_t offset;     /* in struct rdb_settings; none for -o */
};

size_t rdb_options_count(void);
const struct rdb_option *rdb_options_at(size_t i);

/* By name; "_" and "-" are the same, since libfuse's own are written with "_". NULL: none. */
const struct rdb_option *rdb_options_find(const char *name, size_t len);

/*
 * Sets an option; value NULL: a flag without one. One that is given twice: the later counts,
 * but what comes from further up (configuration below command line) never overrides.
 * 0, -EINVAL with words, -ENOMEM.
 */
int rdb_option_set(const struct rdb_option *option, const char *value, enum rdb_origin origin,
	struct rdb_settings *settings, struct rdb_err *err);

/* Frees its value and forgets that it was given. */
void rdb_option_reset(const struct rdb_option *option, struct rdb_settings *settings);

/* Where an option's value comes from. */
enum rdb_origin rdb_option_origin(const struct rdb_option *option, const struct rdb_settings *s);

/*
 * Reads arguments (without the program's and the command's name). What is no option is added to
 * settings->args. 0, -EINVAL with words, -ENOMEM.
 */
int rdb_options_parse(enum rdb_command_id command, int argc, const char *const argv[],
	struct rdb_settings *settings, struct rdb_err *err);

/*
 * Reads the words of one -o: name, name=value, separated by commas; "\" takes the next byte as
 * it is, but for "\t" as a delimiter. fstab's own words and the ones that make no difference (rw,
 * ro, noauto, x-…) are ignored; libfuse's are kept in settings->fuse_words, as they were written.
 * 0, -EINVAL with words, -ENOMEM.
 */
int rdb_options_words(const char *words, struct rdb_settings *settings, struct rdb_err *err);

#endif
