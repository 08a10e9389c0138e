#include "cmd/environment.h"

#include "base/log.h"
#include "cmd/options.h"
#include "cmd/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PREFIX "RDBFS_"
#define PREFIX_LEN (sizeof(PREFIX) - 1)
#define VARIABLE_MAX 64

static void name_variable(const struct rdb_option *option, char out[VARIABLE_MAX])
{
	snprintf(out, VARIABLE_MAX, PREFIX "%s", option->name);
	for (; *out; out++)
		if (*out == '-')
			*out = '_';
		else if (*out >= 'a' && *out <= 'z')
			*out -= 'a' - 'A';
}

static int set_list(const struct rdb_option *option, const char *text,
	struct rdb_settings *settings, struct rdb_err *err)
{
	static const char between[] = ", \t\n";
	int ret = 0;

	for (text += strspn(text, between); *text && ret == 0; text += strspn(text, between)) {
		size_t len = strcspn(text, between);
		char *item = strndup(text, len);
		ret = item ? rdb_option_set(option, item, RDB_ORIGIN_ENVIRONMENT, settings, err)
			   : rdb_err_sys(err, ENOMEM, "%s", option->name);
		free(item);
		text += len;
	}
	return ret;
}

static int apply_variable(const char *variable, const struct rdb_option *option,
	struct rdb_settings *settings, struct rdb_err *err)
{
	const char *text = getenv(variable);
	int ret;

	if (!text || !*text)
		return 0;
	if (option->kind == RDB_OPTION_LIST)
		ret = set_list(option, text, settings, err);
	else
		ret = rdb_option_set(option, text, RDB_ORIGIN_ENVIRONMENT, settings, err);
	/* Hide a secret from child processes. */
	if (option->kind == RDB_OPTION_SECRET)
		unsetenv(variable);
	if (ret == -EINVAL)
		rdb_err_prefix(err, "%s: ", variable);
	return ret;
}

/* Returns true if an environment variable can set the option for the command. Undocumented options,
 * and options that all commands share, such as --help, have no environment variable. */
static bool has_variable(const struct rdb_option *option, enum rdb_command_id command)
{
	return rdb_option_is_for(option, command) && option->help &&
	       option->offset != RDB_OPTION_NOWHERE && option->commands != ~0u;
}

int rdb_environment_read(
	enum rdb_command_id command, struct rdb_settings *settings, struct rdb_err *err)
{
	static const struct {
		const char *variable, *option;
	} official[] = {{"RETHINKDB_HOSTNAME", "host-name"},
		{"RETHINKDB_DRIVER_PORT", "driver-port"}, {"RETHINKDB_USER", "user"}};
	char variable[VARIABLE_MAX];
	int ret = 0;

	for (size_t i = 0; i < COUNT(official) && ret == 0; i++) {
		const char *name = official[i].option;
		const struct rdb_option *option = rdb_options_find(name, strlen(name));
		if (has_variable(option, command))
			ret = apply_variable(official[i].variable, option, settings, err);
	}
	for (size_t i = 0; i < rdb_options_count() && ret == 0; i++) {
		const struct rdb_option *option = rdb_options_at(i);
		if (!has_variable(option, command))
			continue;
		name_variable(option, variable);
		ret = apply_variable(variable, option, settings, err);
	}
	return ret;
}

/* Warns if the environment variable has no effect, but its name resembles the variable of an
 * option. "text" is the environment variable in the form NAME=VALUE. */
static void warn_if_mistyped(enum rdb_command_id command, const char *text)
{
	size_t len = strcspn(text, "=");
	const struct rdb_option *meant =
		rdb_options_meant(text + PREFIX_LEN, len - PREFIX_LEN, ~0u, 0);
	char variable[VARIABLE_MAX];

	if (!meant || !has_variable(meant, command))
		return;
	name_variable(meant, variable);
	if (strlen(variable) != len || memcmp(variable, text, len) != 0)
		rdb_log_warning("the environment variable %.*s has no effect: did you mean %s?",
			(int)len, text, variable);
}

void rdb_environment_warn(enum rdb_command_id command)
{
	for (char **variable = environ; variable && *variable; variable++)
		if (strncmp(*variable, PREFIX, PREFIX_LEN) == 0)
			warn_if_mistyped(command, *variable);
}
