#include "cmd/arguments.h"

#include "cmd/options.h"
#include "cmd/settings.h"
#include "cmd/value.h"

#include <errno.h>
#include <string.h>

struct arguments {
	enum rdb_command_id command;
	int argc;
	const char *const *argv;
	int at; /* index in argv of the current argument */
	struct rdb_settings *settings;
	struct rdb_err *err;
};

static bool takes_value(const struct rdb_option *option)
{
	return option->kind != RDB_OPTION_FLAG && option->kind != RDB_OPTION_SECRET;
}

static int set_argument(struct arguments *a, const struct rdb_option *option, const char *value)
{
	if (!value && takes_value(option)) {
		if (a->at + 1 >= a->argc)
			return rdb_err_set(a->err, EINVAL, "--%s needs a value: %s", option->name,
				option->value);
		value = a->argv[++a->at];
	}
	return rdb_option_set(option, value, RDB_ORIGIN_ARGV, a->settings, a->err);
}

/* Returns the option that "text" abbreviates, or NULL if "text" fits no option or several options.
 * Only options of the official tools (rethinkdb dump and restore) can be abbreviated. */
static const struct rdb_option *find_abbreviated(
	enum rdb_command_id command, const char *text, size_t len)
{
	const struct rdb_option *found = NULL;

	if (command == RDB_COMMAND_MOUNT || len == 0)
		return NULL;
	for (size_t i = 0; i < rdb_options_count(); i++) {
		const struct rdb_option *option = rdb_options_at(i);
		if (!(option->places & RDB_OPTION_IS_OFFICIAL) ||
			!rdb_option_is_for(option, command) ||
			strncmp(option->name, text, len) != 0)
			continue;
		if (found)
			return NULL;
		found = option;
	}
	return found;
}

/* Sets an error for an option that the command does not accept. The first len bytes of "text" are
 * the option's name. "option" is NULL if no command has an option with this name. */
static int refuse_long(
	struct arguments *a, const char *text, size_t len, const struct rdb_option *option)
{
	const struct rdb_option *meant;

	if (option)
		return rdb_err_set(a->err, EINVAL,
			"--%.*s: there is no such option for this command", (int)len, text);
	meant = rdb_options_meant(text, len, 1u << a->command, 0);
	if (meant)
		return rdb_err_set(a->err, EINVAL,
			"--%.*s: there is no such option: did you mean --%s?", (int)len, text,
			meant->name);
	return rdb_err_set(a->err, EINVAL, "--%.*s: there is no such option", (int)len, text);
}

static int parse_long(struct arguments *a, const char *text)
{
	size_t len = strcspn(text, "=");
	const struct rdb_option *option = rdb_options_find(text, len);

	if (!option)
		option = find_abbreviated(a->command, text, len);
	if (!option || !(option->commands & 1u << a->command))
		return refuse_long(a, text, len, option);
	return set_argument(a, option, text[len] ? text + len + 1 : NULL);
}

/* Applies each option letter in "text", an argument without its leading "-". The value of an option
 * is the rest of the argument (-sDIR) or the next argument (-s DIR). */
static int parse_letters(struct arguments *a, const char *text)
{
	int ret = 0;

	while (ret == 0 && *text) {
		const struct rdb_option *option = rdb_options_find_letter(*text, 1u << a->command);
		if (!option)
			return rdb_err_set(a->err, EINVAL, "-%c: there is no such option%s", *text,
				rdb_options_find_letter(*text, ~0u) ? " for this command" : "");
		text++;
		if (takes_value(option))
			return set_argument(a, option, *text ? text : NULL);
		ret = set_argument(a, option, NULL);
	}
	return ret;
}

int rdb_arguments_parse(enum rdb_command_id command, int argc, const char *const argv[],
	struct rdb_settings *settings, struct rdb_err *err)
{
	struct arguments a = {
		.command = command, .argc = argc, .argv = argv, .settings = settings, .err = err};
	bool ended = false;
	int ret = 0;

	for (; a.at < argc && ret == 0; a.at++) {
		const char *text = argv[a.at];
		if (ended || text[0] != '-' || text[1] == '\0')
			ret = rdb_list_add(&settings->args, text, strlen(text));
		else if (strcmp(text, "--") == 0)
			ended = true;
		else if (text[1] == '-')
			ret = parse_long(&a, text + 2);
		else
			ret = parse_letters(&a, text + 1);
	}
	return ret;
}
