#include "cmd/config.h"
#include "base/byte_order_mark.h"

#include "cmd/options.h"
#include "cmd/paths.h"
#include "cmd/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYSTEM_CONFIG "/etc/rdbfs/config.json"

static int set_list(const struct rdb_option *option, const json_t *array,
	struct rdb_settings *settings, struct rdb_err *err)
{
	size_t i;
	json_t *item;
	int ret = 0;

	json_array_foreach(array, i, item)
	{
		if (!json_is_string(item))
			return rdb_err_set(err, EINVAL, "%s takes strings", option->name);
		ret = rdb_option_set(
			option, json_string_value(item), RDB_ORIGIN_CONFIG, settings, err);
		if (ret != 0)
			break;
	}
	return ret;
}

/* Sets the option to a number from the JSON file. Returns -EINVAL if the option expects octal
 * digits, because a JSON number is decimal: {"umask": 22} would mean another mode than umask=22. */
static int set_integer(const struct rdb_option *option, json_int_t number,
	struct rdb_settings *settings, struct rdb_err *err)
{
	char text[32];

	if (option->kind == RDB_OPTION_OCTAL)
		return rdb_err_set(
			err, EINVAL, "%s takes a string of octal digits, as \"022\"", option->name);
	snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, number);
	return rdb_option_set(option, text, RDB_ORIGIN_CONFIG, settings, err);
}

static int set_member(const struct rdb_option *option, const json_t *value,
	struct rdb_settings *settings, struct rdb_err *err)
{
	bool flag = option->kind == RDB_OPTION_FLAG;

	if (flag && json_is_boolean(value))
		return rdb_option_set(option, json_is_true(value) ? "yes" : "no", RDB_ORIGIN_CONFIG,
			settings, err);
	if (flag)
		return rdb_err_set(err, EINVAL, "%s is true or false", option->name);
	if (json_is_string(value))
		return rdb_option_set(
			option, json_string_value(value), RDB_ORIGIN_CONFIG, settings, err);
	if (json_is_integer(value))
		return set_integer(option, json_integer_value(value), settings, err);
	if (json_is_array(value) && option->kind == RDB_OPTION_LIST)
		return set_list(option, value, settings, err);
	return rdb_err_set(err, EINVAL, "%s takes a string%s", option->name,
		option->kind == RDB_OPTION_LIST ? " or an array of strings" : "");
}

static int refuse_member(const char *name, struct rdb_err *err)
{
	const struct rdb_option *meant =
		rdb_options_meant(name, strlen(name), ~0u, RDB_OPTION_IN_CONFIG);

	if (meant)
		return rdb_err_set(err, EINVAL, "there is no member \"%s\": did you mean \"%s\"?",
			name, meant->name);
	return rdb_err_set(err, EINVAL, "there is no member \"%s\"", name);
}

static int set_members(json_t *root, struct rdb_settings *settings, struct rdb_err *err)
{
	const char *name;
	json_t *value;
	int ret = 0;

	json_object_foreach(root, name, value)
	{
		const struct rdb_option *option = rdb_options_find(name, strlen(name));
		if (!option || !(option->places & RDB_OPTION_IN_CONFIG))
			return refuse_member(name, err);
		ret = set_member(option, value, settings, err);
		if (ret != 0)
			break;
	}
	return ret;
}

int rdb_config_parse(const char *text, size_t len, const char *path, struct rdb_settings *settings,
	struct rdb_err *err)
{
	const size_t mark = rdb_byte_order_mark(text, len);
	json_error_t where;
	json_t *root;
	int ret;

	json_set_alloc_funcs(malloc, rdb_secret_free_memory);
	root = json_loadb(text + mark, len - mark, JSON_REJECT_DUPLICATES, &where);
	if (!root)
		ret = rdb_err_set(err, EINVAL, "line %d, column %d: %s", where.line, where.column,
			where.text);
	else if (!json_is_object(root))
		ret = rdb_err_set(err, EINVAL, "it is not a JSON object");
	else
		ret = set_members(root, settings, err);
	json_decref(root);
	json_set_alloc_funcs(malloc, free);
	if (ret != 0)
		rdb_err_prefix(err, "%s: ", path);
	return ret;
}

int rdb_config_load_file(const char *path, struct rdb_settings *settings, struct rdb_err *err)
{
	struct rdb_buf text = {0};
	int ret, fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return rdb_err_sys(err, ENOENT, "%s", path);
	if (fd < 0)
		return rdb_err_set(err, errno == EACCES ? EACCES : EIO,
			"%s, the configuration, can't be opened: %s", path, strerror(errno));
	ret = rdb_secret_read(fd, &text, err);
	if (ret == -EINVAL || ret == -ENOMEM)
		rdb_err_prefix(err, "%s: ", path);
	else if (ret != 0)
		ret = rdb_err_sys(err, ret == -EACCES ? EACCES : EIO, "%s", path);
	else
		ret = rdb_config_parse(text.data, text.len, path, settings, err);
	if (ret == 0 && rdb_secret_configured(settings))
		rdb_secret_warn(fd, path);
	close(fd);
	rdb_secret_wipe(&text);
	return ret;
}

int rdb_config_load(struct rdb_settings *settings, struct rdb_err *err)
{
	char *path = rdb_path_config("config.json");
	int ret = path ? rdb_config_load_file(path, settings, err) : -ENOENT;

	free(path);
	if (ret == -ENOENT)
		ret = rdb_config_load_file(SYSTEM_CONFIG, settings, err);
	if (ret == -ENOENT) {
		rdb_err_clear(err);
		ret = 0;
	}
	return ret;
}
