#include "cluster/table_info.h"

#include "base/byte_order_mark.h"
#include "gz/gunzip.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define DOCUMENTS_MAX 1e15 /* upper limit of the estimated number of documents */

void rdb_table_info_free(struct rdb_table_info *info)
{
	if (!info)
		return;
	for (size_t i = 0; i < info->index_count; i++) {
		free(info->indexes[i].name);
		free(info->indexes[i].function);
	}
	free(info->indexes);
	free(info->hook);
	free(info);
}

/* Returns true if the value is base64 text. The text may contain line breaks, because the server
 * writes line breaks. */
static bool is_base64(const json_t *value)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789+/= \t\r\n";
	const char *text = json_string_value(value);

	return text && strspn(text, allowed) == json_string_length(value);
}

static bool is_binary(const json_t *function)
{
	const json_t *type = json_object_get(function, "$reql_type$");
	const char *text = json_string_value(type);

	return text && strcmp(text, "BINARY") == 0 && json_string_length(type) == strlen(text) &&
	       json_object_size(function) == 2 && is_base64(json_object_get(function, "data"));
}

static int read_function(const json_t *function, char **out, const char **flaw, struct rdb_err *err)
{
	if (!function || json_is_null(function)) {
		*flaw = "the backup does not contain its function";
		return 0;
	}
	if (!is_binary(function)) {
		*flaw = "the function in the backup was not saved by a server, and may be harmful";
		return 0;
	}
	*out = json_dumps(function, JSON_COMPACT);
	return *out ? 0 : rdb_err_sys(err, ENOMEM, "metadata");
}

static int read_key(const json_t *root, struct rdb_table_info *info, struct rdb_err *err)
{
	const json_t *key = json_object_get(root, "primary_key");

	if (!key)
		return 0;
	if (!json_is_string(key) || json_string_length(key) == 0 ||
		json_string_length(key) >= sizeof(info->primary_key) ||
		strlen(json_string_value(key)) != json_string_length(key))
		return rdb_err_set(err, EINVAL, "the name of its primary key is not valid");
	strcpy(info->primary_key, json_string_value(key));
	return 0;
}

static const char nul_in_name[] = "its name contains a NUL";

/* Reads the name and the function of an index into *out. In dumps of servers before 1.16, the
 * definition of an index is only the index's name. */
static int read_index(const json_t *index, struct rdb_table_index *out, struct rdb_err *err)
{
	const json_t *name = json_is_object(index) ? json_object_get(index, "index") : index;

	if (!json_is_string(name))
		return rdb_err_set(err, EINVAL, "one of its indexes has no name");
	out->name = strdup(json_string_value(name));
	if (!out->name)
		return rdb_err_sys(err, ENOMEM, "metadata");
	if (strlen(out->name) != json_string_length(name)) {
		out->flaw = nul_in_name;
		return 0;
	}
	return read_function(json_object_get(index, "function"), &out->function, &out->flaw, err);
}

static int read_indexes(const json_t *root, struct rdb_table_info *info, struct rdb_err *err)
{
	const json_t *list = json_object_get(root, "indexes"), *index;
	size_t i;
	int ret = 0;

	if (!list || json_is_null(list))
		return 0;
	if (!json_is_array(list))
		return rdb_err_set(err, EINVAL, "its indexes are not a list");
	info->indexes = calloc(json_array_size(list) + 1, sizeof(*info->indexes));
	if (!info->indexes)
		return rdb_err_sys(err, ENOMEM, "metadata");
	json_array_foreach(list, i, index)
	{
		info->index_count = i + 1;
		ret = read_index(index, &info->indexes[i], err);
		if (ret != 0)
			break;
	}
	return ret;
}

static int read_hook(const json_t *root, struct rdb_table_info *info, struct rdb_err *err)
{
	const json_t *hook = json_object_get(root, "write_hook");

	info->has_hook = hook != NULL;
	if (!hook || json_is_null(hook))
		return 0;
	return read_function(json_object_get(hook, "function"), &info->hook, &info->hook_flaw, err);
}

/* Returns the estimated number of documents in the table, added up over the table's shards. Returns
 * -1 if an estimate is missing or invalid. */
static int64_t read_estimate(const json_t *root)
{
	const json_t *list = json_object_get(root, "doc_count_estimates"), *number;
	double sum = 0;
	size_t i;

	if (!json_array_size(list))
		return -1;
	json_array_foreach(list, i, number)
	{
		if (!json_is_number(number) || json_number_value(number) < 0)
			return -1;
		sum += json_number_value(number);
	}
	return sum < DOCUMENTS_MAX ? (int64_t)sum : (int64_t)DOCUMENTS_MAX;
}

static int read_all(const json_t *root, struct rdb_table_info *info, struct rdb_err *err)
{
	int ret = read_key(root, info, err);

	info->documents = read_estimate(root);
	if (ret == 0)
		ret = read_indexes(root, info, err);
	if (ret == 0)
		ret = read_hook(root, info, err);
	return ret;
}

static int parse(const char *text, size_t len, struct rdb_table_info **out, struct rdb_err *err)
{
	struct rdb_table_info *info;
	json_error_t error;
	json_t *root;
	size_t mark;
	int ret;

	info = calloc(1, sizeof(*info));
	if (!info)
		return rdb_err_sys(err, ENOMEM, "metadata");
	mark = rdb_byte_order_mark(text, len);
	root = json_loadb(mark ? text + mark : text, len - mark,
		JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
	if (json_is_object(root))
		ret = read_all(root, info, err);
	else
		ret = rdb_err_set(err, EINVAL, "its metadata is not a JSON object%s%s",
			root ? "" : ": ", root ? "" : error.text);
	json_decref(root);
	if (ret != 0) {
		rdb_table_info_free(info);
		return ret;
	}
	*out = info;
	return 0;
}

static int too_long(struct rdb_err *err)
{
	return rdb_err_set(
		err, EINVAL, "its metadata is longer than %zu bytes", RDB_TABLE_INFO_MAX);
}

int rdb_table_info_parse(
	const char *text, size_t len, struct rdb_table_info **out, struct rdb_err *err)
{
	struct rdb_buf plain = {0};
	int ret;

	if (len > RDB_TABLE_INFO_MAX)
		return too_long(err);
	if (!rdb_gunzip_is(text, len))
		return parse(text, len, out, err);
	ret = rdb_gunzip_text(text, len, RDB_TABLE_INFO_MAX, &plain, err);
	if (ret == 0)
		ret = parse(plain.data ? plain.data : "", plain.len, out, err);
	rdb_buf_free(&plain);
	return ret == -EMSGSIZE ? too_long(err) : ret;
}

/* ---- functions of another table ---- */

const struct rdb_table_index *rdb_table_info_find(
	const struct rdb_table_info *info, const char *name)
{
	for (size_t i = 0; i < info->index_count; i++)
		if (strcmp(info->indexes[i].name, name) == 0)
			return &info->indexes[i];
	return NULL;
}

bool rdb_table_info_lacks(const struct rdb_table_info *info)
{
	for (size_t i = 0; i < info->index_count; i++)
		if (info->indexes[i].flaw)
			return true;
	return info->hook_flaw;
}

static int copy_function(const char *from, char **function, const char **flaw, struct rdb_err *err)
{
	if (!from)
		return 0;
	*function = strdup(from);
	if (!*function)
		return rdb_err_sys(err, ENOMEM, "metadata");
	*flaw = NULL;
	return 1;
}

int rdb_table_info_adopt(struct rdb_table_info *info, const struct rdb_table_info *from,
	void (*adopted)(void *arg, const char *index, const char *flaw), void *arg,
	struct rdb_err *err)
{
	const char *flaw = info->hook_flaw;
	int ret = flaw ? copy_function(from->hook, &info->hook, &info->hook_flaw, err) : 0;

	info->hook_adopted |= ret == 1;
	if (ret == 1)
		adopted(arg, NULL, flaw);
	for (size_t i = 0; ret >= 0 && i < info->index_count; i++) {
		struct rdb_table_index *index = &info->indexes[i];
		const struct rdb_table_index *there;
		flaw = index->flaw;
		if (!flaw || flaw == nul_in_name) /* the name is cut off at the NUL */
			continue;
		there = rdb_table_info_find(from, index->name);
		ret = copy_function(
			there ? there->function : NULL, &index->function, &index->flaw, err);
		if (ret == 1)
			adopted(arg, index->name, flaw);
	}
	return ret < 0 ? ret : 0;
}
