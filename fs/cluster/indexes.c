#include "cluster/indexes.h"

#include "base/formatted.h"
#include "cluster/staging_name.h"
#include "reql/term.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLL_FIRST 20 /* ms between the first and the second check of unfinished indexes */
#define POLL_MOST 100 /* ms */

/* Returns true if an error concerns only the request, and not the connection or the server. */
static bool is_refusal(int ret)
{
	return ret == -EINVAL || ret == -EIO || ret == -EOPNOTSUPP || ret == -EEXIST ||
	       ret == -ENOENT;
}

/* Turns an error "ret" that concerns only an index or the write hook into a warning, and returns 0.
 * Returns any other value unchanged. */
static int warn_if_refused(struct rdb_indexes *indexes, int ret, const char *what, const char *name,
	struct rdb_err *err)
{
	if (!is_refusal(ret) && ret != -EACCES)
		return ret;
	rdb_err_prefix(err, "%s.%s: %s %s%swas not restored: ", indexes->db, indexes->table, what,
		name, *name ? " " : "");
	rdb_job_warn(indexes->job, "%s", err->text);
	indexes->warnings++;
	if (!indexes->missing.code)
		rdb_err_set(&indexes->missing, EREMOTEIO, "%s", err->text);
	rdb_err_clear(err);
	return 0;
}

/* ---- one index ---- */

static int get_status(struct rdb_indexes *indexes, json_t **out, struct rdb_err *err)
{
	return RDB_CLIENT_ASK(indexes->client, out, NULL, err, rdb_query_index_status, indexes->db,
		indexes->name);
}

static const json_t *find(const json_t *status, const char *name)
{
	const json_t *index;
	size_t i;

	json_array_foreach(status, i, index)
	{
		const char *has = json_string_value(json_object_get(index, "index"));
		if (has && strcmp(has, name) == 0)
			return index;
	}
	return NULL;
}

static bool is_equal(const json_t *there, const struct rdb_table_index *index)
{
	json_t *wanted = json_loads(index->function, JSON_ALLOW_NUL, NULL);
	bool equal = json_equal(json_object_get(there, "function"), wanted);

	json_decref(wanted);
	return equal;
}

static int make(
	struct rdb_indexes *indexes, const char *name, const char *function, struct rdb_err *err)
{
	bool again = false;
	int ret = RDB_CLIENT_RUN(indexes->client, &again, err, rdb_query_index_create, indexes->db,
		indexes->name, name, function);

	if (ret != -EEXIST || !again)
		return ret;
	rdb_err_clear(err);
	return 0;
}

static int drop(const struct rdb_indexes *indexes, struct rdb_client *client, const char *name,
	struct rdb_err *err)
{
	int ret = RDB_CLIENT_RUN(
		client, NULL, err, rdb_query_index_drop, indexes->db, indexes->name, name);

	if (ret != -ENOENT)
		return ret;
	rdb_err_clear(err);
	return 0;
}

/* Returns the temporary name of a new index that replaces an old index. The name is fixed, so that
 * a later restore finds an unfinished index. */
static char *new_name(const struct rdb_table_index *index)
{
	return rdb_formatted(RDB_STAGING_PREFIX "%s", index->name);
}

static int create(struct rdb_indexes *indexes, const struct rdb_table_index *index,
	const json_t *status, struct rdb_err *err)
{
	const json_t *there = find(status, index->name);
	char *beside = new_name(index);
	int ret = 0;

	if (!beside)
		return rdb_err_sys(err, ENOMEM, "indexes");
	if (find(status, beside))
		ret = drop(indexes, indexes->client, beside, err);
	if (ret == 0 && index->flaw)
		ret = rdb_err_set(err, EINVAL, "%s", index->flaw);
	if (ret == 0 && !(there && is_equal(there, index))) {
		ret = make(indexes, there ? beside : index->name, index->function, err);
		/* Count only an index that was made under its final name. If an index of this name
		 * existed before, the new index has a temporary name, and rename_all() counts the
		 * new index. */
		indexes->changed += ret == 0 && !there;
	}
	free(beside);
	return ret;
}

static int drop_others(struct rdb_indexes *indexes, const struct rdb_table_info *info,
	const json_t *status, struct rdb_err *err)
{
	const json_t *index;
	size_t i;
	int ret = 0;

	json_array_foreach(status, i, index)
	{
		const char *name = json_string_value(json_object_get(index, "index"));
		if (ret != 0 || !name || rdb_table_info_find(info, name))
			continue;
		if (indexes->only && !rdb_table_info_find(indexes->only, name))
			continue;
		ret = drop(indexes, indexes->client, name, err);
		indexes->changed += ret == 0;
	}
	return ret;
}

static int create_all(
	struct rdb_indexes *indexes, const struct rdb_table_info *info, struct rdb_err *err)
{
	json_t *status = NULL;
	int ret = indexes->merge ? get_status(indexes, &status, err) : 0;

	if (ret == 0 && indexes->exact)
		ret = drop_others(indexes, info, status, err);
	for (size_t i = 0; ret == 0 && i < info->index_count; i++) {
		ret = create(indexes, &info->indexes[i], status, err);
		ret = warn_if_refused(indexes, ret, "index", info->indexes[i].name, err);
	}
	json_decref(status);
	return ret;
}

/* ---- waiting ---- */

static size_t unready(const json_t *status, double *progress)
{
	const json_t *index;
	size_t i, count = 0;

	*progress = 0;
	json_array_foreach(status, i, index)
	{
		bool ready = json_is_true(json_object_get(index, "ready"));
		*progress += ready ? 1 : json_number_value(json_object_get(index, "progress"));
		count += !ready;
	}
	if (json_array_size(status))
		*progress /= (double)json_array_size(status);
	return count;
}

static int rest(struct rdb_indexes *indexes, int ms, struct rdb_err *err)
{
	struct rdb_back_off pause = indexes->client->back_off;

	pause.ms = ms * 2;
	pause.until = 0;
	pause.delay = ms / 2;
	return rdb_back_off_wait(&pause, 0, err);
}

static int wait_all(struct rdb_indexes *indexes, struct rdb_err *err)
{
	json_t *status;
	double progress;
	size_t left = 1;
	int ms = POLL_FIRST, ret = 0;

	while (ret == 0 && left) {
		ret = get_status(indexes, &status, err);
		if (ret != 0)
			break;
		left = unready(status, &progress);
		json_decref(status);
		rdb_job_phase(indexes->job, "%s.%s: building indexes, %.0f %%", indexes->db,
			indexes->table, progress * 100);
		if (left)
			ret = rest(indexes, ms, err);
		ms = ms * 2 < POLL_MOST ? ms * 2 : POLL_MOST;
	}
	return ret;
}

/* ---- replacing existing indexes ---- */

static int rename_one(
	struct rdb_indexes *indexes, const char *from, const char *to, struct rdb_err *err)
{
	bool again = false;
	int ret = RDB_CLIENT_RUN(indexes->client, &again, err, rdb_query_index_rename, indexes->db,
		indexes->name, from, to);

	if (ret == -ENOENT && again) {
		rdb_err_clear(err);
		return 0;
	}
	if (ret != 0)
		drop(indexes, indexes->client, from, NULL);
	return ret;
}

static int replace_one(
	struct rdb_indexes *indexes, const char *beside, const char *name, struct rdb_err *err)
{
	int ret = rename_one(indexes, beside, name, err);

	indexes->changed += ret == 0;
	return warn_if_refused(indexes, ret, "index", name, err);
}

static int rename_all(
	struct rdb_indexes *indexes, const struct rdb_table_info *info, struct rdb_err *err)
{
	json_t *status = NULL;
	int ret = get_status(indexes, &status, err);

	for (size_t i = 0; ret == 0 && i < info->index_count; i++) {
		const char *name = info->indexes[i].name;
		char *beside = new_name(&info->indexes[i]);
		if (!beside)
			ret = rdb_err_sys(err, ENOMEM, "indexes");
		else if (find(status, beside))
			ret = replace_one(indexes, beside, name, err);
		free(beside);
	}
	json_decref(status);
	return ret;
}

/* Drops the new indexes that still have temporary names. Uses a new connection, because a cancel
 * may have broken the existing connection. */
static void drop_new(const struct rdb_indexes *indexes, const struct rdb_table_info *info)
{
	struct rdb_client client = {
		.cluster = indexes->client->cluster, .limit = rdb_job_undo_ms(indexes->job)};
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < info->index_count; i++) {
		char *beside = new_name(&info->indexes[i]);
		ret = beside ? drop(indexes, &client, beside, NULL) : -ENOMEM;
		free(beside);
	}
	rdb_client_close(&client);
}

/* ---- the write hook ---- */

int rdb_indexes_hook(
	struct rdb_indexes *indexes, const struct rdb_table_info *info, struct rdb_err *err)
{
	int ret;

	if (info->hook_flaw)
		return warn_if_refused(indexes, rdb_err_set(err, EINVAL, "%s", info->hook_flaw),
			"the write hook", "", err);
	if (!info->hook && !(info->has_hook && indexes->merge && !indexes->keep_hook))
		return 0;
	ret = RDB_CLIENT_RUN(indexes->client, NULL, err, rdb_query_set_write_hook, indexes->db,
		indexes->name, info->hook);
	indexes->hooked = ret == 0 && info->hook;
	indexes->unhooked = ret == 0 && !info->hook;
	if (!info->hook && !indexes->has_hook && is_refusal(ret)) {
		rdb_err_clear(err);
		return 0;
	}
	return warn_if_refused(indexes, ret, "the write hook", "", err);
}

int rdb_indexes_build(
	struct rdb_indexes *indexes, const struct rdb_table_info *info, struct rdb_err *err)
{
	int ret = create_all(indexes, info, err);

	if (ret == 0 && info->index_count)
		ret = wait_all(indexes, err);
	if (ret == 0 && indexes->merge)
		ret = rename_all(indexes, info, err);
	if (ret != 0 && indexes->merge)
		drop_new(indexes, info);
	return ret;
}
