#include "cmd/option.h"

#include "cmd/options.h"
#include "cmd/settings.h"
#include "cmd/value.h"
#include "cmd/words.h"
#include "reql/address.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

bool rdb_option_is_for(const struct rdb_option *option, enum rdb_command_id command)
{
	return option->commands & 1u << command;
}

bool rdb_option_is_text(const struct rdb_option *option)
{
	return option->kind == RDB_OPTION_TEXT || option->kind == RDB_OPTION_PATH ||
	       option->kind == RDB_OPTION_SOURCE;
}

static void *place(const struct rdb_option *option, struct rdb_settings *settings)
{
	return (char *)settings + option->offset;
}

enum rdb_origin rdb_option_origin(const char *name, const struct rdb_settings *s)
{
	return s->origins[rdb_options_index(rdb_options_find(name, strlen(name)))];
}

void rdb_option_reset(const struct rdb_option *option, struct rdb_settings *settings)
{
	settings->origins[rdb_options_index(option)] = RDB_ORIGIN_DEFAULT;
	if (option->offset == RDB_OPTION_NOWHERE)
		return;
	if (option->kind == RDB_OPTION_LIST) {
		rdb_list_free(place(option, settings));
	} else if (option->kind == RDB_OPTION_SECRET) {
		rdb_secret_free(place(option, settings));
	} else if (rdb_option_is_text(option)) {
		char **text = place(option, settings);
		free(*text);
		*text = NULL;
	} else if (option->offset == offsetof(struct rdb_settings, driver_port)) {
		settings->driver_port = 0;
	}
}

static void reset_up_to(const char *name, enum rdb_origin origin, struct rdb_settings *settings)
{
	if (rdb_option_origin(name, settings) <= origin)
		rdb_option_reset(rdb_options_find(name, strlen(name)), settings);
}

/* Called after --connect was set. Resets --host-name, because --connect replaces this option. If
 * --connect has a port, also resets --driver-port. Keeps a value whose origin has a higher priority
 * than "origin". */
static void forget_address(struct rdb_settings *settings, enum rdb_origin origin)
{
	struct rdb_address at = {0};

	reset_up_to("host-name", origin, settings);
	if (rdb_address_parse(settings->connect, &at, NULL) == 0 && at.has_port)
		reset_up_to("driver-port", origin, settings);
	explicit_bzero(&at, sizeof(at));
}

int rdb_option_set(const struct rdb_option *option, const char *value, enum rdb_origin origin,
	struct rdb_settings *settings, struct rdb_err *err)
{
	enum rdb_origin *before = &settings->origins[rdb_options_index(option)];
	int ret;

	if (option->offset == RDB_OPTION_NOWHERE)
		return rdb_words_parse(value ? value : "", settings, err);
	if (option->kind == RDB_OPTION_SECRET && origin == RDB_ORIGIN_ARGV && value)
		return rdb_err_set(err, EINVAL,
			"--%s takes no value, which everybody could see: it asks for it",
			option->name);
	if (*before > origin)
		return rdb_value_check(option, value, err);
	if (*before < origin)
		rdb_option_reset(option, settings);
	ret = rdb_value_set(option, value, place(option, settings), err);
	if (ret != 0)
		return ret;
	*before = origin;
	if (option->offset == offsetof(struct rdb_settings, connect))
		forget_address(settings, origin);
	return 0;
}
