#include "cmd/value.h"

#include "base/vault.h"
#include "cmd/paths.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int wrong(const struct rdb_option *option, const char *value, const char *expected,
	struct rdb_err *err)
{
	return rdb_err_set(err, EINVAL, "%s: \"%s\" is not %s", option->name, value, expected);
}

static int set_flag(
	const struct rdb_option *option, const char *value, bool *out, struct rdb_err *err)
{
	if (!value || !strcasecmp(value, "yes") || !strcasecmp(value, "true") ||
		!strcmp(value, "1"))
		*out = true;
	else if (!strcasecmp(value, "no") || !strcasecmp(value, "false") || !strcmp(value, "0"))
		*out = false;
	else
		return wrong(option, value, "yes or no", err);
	return 0;
}

static int set_text(char **out, char *text, struct rdb_err *err)
{
	if (!text)
		return rdb_err_set(err, ENOMEM, "out of memory");
	free(*out);
	*out = text;
	return 0;
}

static int set_source(char **out, const char *value, struct rdb_err *err)
{
	char *text = NULL;
	int ret = rdb_path_source(value, &text, err);

	return ret ? ret : set_text(out, text, err);
}

static const char *digits(const char *text, unsigned base, uint64_t *out)
{
	const char *start = text;

	for (*out = 0; *text >= '0' && *text < (char)('0' + base); text++)
		if (__builtin_mul_overflow(*out, base, out) ||
			__builtin_add_overflow(*out, (uint64_t)(*text - '0'), out))
			return NULL;
	return text == start ? NULL : text;
}

static int set_number(const struct rdb_option *option, const char *value, unsigned base,
	uint64_t max, const char *expected, uint64_t *out, struct rdb_err *err)
{
	uint64_t number;
	const char *end = digits(value, base, &number);

	if (!end || *end || number > max)
		return wrong(option, value, expected, err);
	*out = number;
	return 0;
}

static int check_range(
	const struct rdb_option *option, uint64_t number, const char *value, struct rdb_err *err)
{
	if (number < option->min && !option->max)
		return rdb_err_set(err, EINVAL, "%s: %s is less than %" PRIu64, option->name, value,
			option->min);
	if (option->max && (number < option->min || number > option->max))
		return rdb_err_set(err, EINVAL, "%s: %s is not %" PRIu64 " to %" PRIu64,
			option->name, value, option->min, option->max);
	return 0;
}

static int set_limited(
	const struct rdb_option *option, const char *value, uint64_t *out, struct rdb_err *err)
{
	uint64_t number;
	int ret = set_number(option, value, 10, UINT64_MAX, "a number", &number, err);

	if (ret == 0)
		ret = check_range(option, number, value, err);
	if (ret == 0)
		*out = number;
	return ret;
}

static int set_time(
	const struct rdb_option *option, const char *value, uint64_t *out, struct rdb_err *err)
{
	static const struct {
		char letter;
		uint64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 7 * 86400}};
	uint64_t number, seconds = 1;
	const char *end = digits(value, 10, &number);
	bool known = end && !*end;

	for (size_t i = 0; end && i < sizeof(units) / sizeof(units[0]); i++)
		if (end[0] == units[i].letter && !end[1]) {
			seconds = units[i].seconds;
			known = true;
		}
	if (!known || __builtin_mul_overflow(number, seconds, &number))
		return wrong(option, value, "a time: seconds, or a number with m, h, d or w", err);
	*out = number;
	return 0;
}

static int set_size(
	const struct rdb_option *option, const char *value, uint64_t *out, struct rdb_err *err)
{
	static const char units[] = "KMGT";
	uint64_t number;
	const char *end = digits(value, 10, &number);
	const char *unit = end && *end ? memchr(units, *end & ~0x20, strlen(units)) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;

	if (!end || (*end && (!unit || end[1])) || number > UINT64_MAX >> shift)
		return wrong(option, value, "a size: bytes, or a number with K, M, G or T", err);
	*out = number << shift;
	return 0;
}

static int set_user(
	const struct rdb_option *option, const char *value, uint64_t *out, struct rdb_err *err)
{
	const struct passwd *user = getpwnam(value);

	if (user)
		*out = user->pw_uid;
	return user ? 0 : set_number(option, value, 10, UINT32_MAX - 1, "a user", out, err);
}

static int set_group(
	const struct rdb_option *option, const char *value, uint64_t *out, struct rdb_err *err)
{
	const struct group *group = getgrnam(value);

	if (group)
		*out = group->gr_gid;
	return group ? 0 : set_number(option, value, 10, UINT32_MAX - 1, "a group", out, err);
}

static int set_choice(
	const struct rdb_option *option, const char *value, uint64_t *out, struct rdb_err *err)
{
	const char *words = option->value;

	for (uint64_t position = 0;; position++) {
		size_t len = strcspn(words, "|");
		if (strlen(value) == len && memcmp(words, value, len) == 0) {
			*out = position;
			return 0;
		}
		if (!words[len])
			return wrong(option, value, option->value, err);
		words += len + 1;
	}
}

static int set_delimiter(
	const struct rdb_option *option, const char *value, char *out, struct rdb_err *err)
{
	bool tab = strcmp(value, "tab") == 0 || strcmp(value, "\\t") == 0;
	char only = tab ? '\t' : value[0];

	if (only != '\t' && (value[1] || (unsigned char)only > 127))
		return wrong(option, value, "one character of ASCII, or tab", err);
	if (strchr("\"\r\n", only))
		return rdb_err_set(err, EINVAL,
			"%s: the quote and what ends a line have a meaning of their own in "
			"comma-separated values",
			option->name);
	*out = only;
	return 0;
}

static int set_secret(struct rdb_secret *out, const char *value, struct rdb_err *err)
{
	char *copy;

	if (!value) {
		out->ask = true;
		return 0;
	}
	copy = rdb_vault_dup(value);
	if (!copy)
		return rdb_err_set(err, ENOMEM, "out of memory");
	rdb_vault_free(out->text);
	out->text = copy;
	return 0;
}

int rdb_value_set(
	const struct rdb_option *option, const char *value, void *out, struct rdb_err *err)
{
	if (option->kind == RDB_OPTION_FLAG)
		return set_flag(option, value, out, err);
	if (option->kind == RDB_OPTION_SECRET)
		return set_secret(out, value, err);
	if (!value || !*value)
		return rdb_err_set(
			err, EINVAL, "%s needs a value: %s", option->name, option->value);
	switch (option->kind) {
	case RDB_OPTION_TEXT:
		return set_text(out, strdup(value), err);
	case RDB_OPTION_PATH:
		return set_text(out, rdb_path_absolute(value), err);
	case RDB_OPTION_SOURCE:
		return set_source(out, value, err);
	case RDB_OPTION_LIST:
		return rdb_list_add(out, value, strlen(value));
	case RDB_OPTION_NUMBER:
		return set_limited(option, value, out, err);
	case RDB_OPTION_OCTAL:
		return set_number(option, value, 8, 0777, "octal, 0 to 777", out, err);
	case RDB_OPTION_TIME:
		return set_time(option, value, out, err);
	case RDB_OPTION_SIZE:
		return set_size(option, value, out, err);
	case RDB_OPTION_DELIMITER:
		return set_delimiter(option, value, out, err);
	case RDB_OPTION_USER:
		return set_user(option, value, out, err);
	case RDB_OPTION_GROUP:
		return set_group(option, value, out, err);
	default:
		return set_choice(option, value, out, err);
	}
}

int rdb_value_check(const struct rdb_option *option, const char *value, struct rdb_err *err)
{
	union {
		bool flag;
		char *text;
		struct rdb_list list;
		struct rdb_secret secret;
		uint64_t number;
	} out = {0};
	int ret = rdb_value_set(option, value, &out, err);

	if (option->kind == RDB_OPTION_LIST)
		rdb_list_free(&out.list);
	else if (option->kind == RDB_OPTION_SECRET)
		rdb_secret_free(&out.secret);
	else if (rdb_option_is_text(option))
		free(out.text);
	return ret;
}

/* ---- memory ---- */

int rdb_list_add(struct rdb_list *list, const char *text, size_t len)
{
	char *copy = strndup(text, len);
	char **items = reallocarray(list->items, list->count + 2, sizeof(items[0]));

	if (items)
		list->items = items;
	if (!items || !copy) {
		free(copy);
		return -ENOMEM;
	}
	items[list->count++] = copy;
	items[list->count] = NULL;
	return 0;
}

void rdb_list_free(struct rdb_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct rdb_list){0};
}

void rdb_secret_free(struct rdb_secret *secret)
{
	rdb_vault_free(secret->text);
	*secret = (struct rdb_secret){0};
}
