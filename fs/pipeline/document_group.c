#include "pipeline/document_group.h"

#include "base/printable.h"
#include "format/documents.h"
#include "json/key_name.h"
#include "json/same.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#define ROWS 256                /* largest number of requests per query */
#define BYTES ((size_t)4 << 20) /* limit on a query in bytes; a single document may be larger */

void rdb_document_requests_finish(struct rdb_document_requests *requests, const struct rdb_err *err)
{
	struct rdb_document_request *request;

	while ((request = STAILQ_FIRST(requests))) {
		STAILQ_REMOVE_HEAD(requests, link);
		request->done(request, err);
	}
}

int rdb_document_group_begin(
	struct rdb_document_group *group, enum rdb_document_request_kind kind, struct rdb_err *err)
{
	group->target = (struct rdb_sync_target){.db = group->table->db,
		.table = group->table->name,
		.ignore_write_hook = group->table->hook};
	group->kind = kind;
	group->count = 0;
	STAILQ_INIT(&group->requests);
	return rdb_sync_query_begin(&group->query) ? rdb_err_sys(err, ENOMEM, "a document") : 0;
}

bool rdb_document_group_fits(
	const struct rdb_document_group *group, const struct rdb_document_request *request)
{
	return request->kind == group->kind && strcmp(request->db, group->table->db) == 0 &&
	       strcmp(request->table, group->table->name) == 0 && group->count < ROWS &&
	       (group->count == 0 || group->query.len + request->text.len <= BYTES);
}

/* ---- checks ---- */

static bool has_name(struct rdb_json_span key, const char *file)
{
	char name[RDB_KEY_NAME_MAX + 1];

	return (rdb_key_name(key, false, name) == 0 && strcmp(name, file) == 0) ||
	       (rdb_key_name(key, true, name) == 0 && strcmp(name, file) == 0);
}

static int refuse_name(struct rdb_json_span key, const char *file, struct rdb_err *err)
{
	char name[RDB_KEY_NAME_MAX + 1];

	if (rdb_key_name(key, false, name) != 0)
		return rdb_err_set(
			err, EINVAL, "the document's primary key has a value that no key can have");
	rdb_printable(name, strlen(name));
	return rdb_err_set(err, EINVAL,
		"the document's primary key belongs to the file %s, not to %s", name, file);
}

static int check_document(const struct rdb_document_group *group,
	const struct rdb_document_request *request, struct rdb_json_span *key, struct rdb_err *err)
{
	const struct rdb_json_piece piece = {
		request->text.data ? request->text.data : "", request->text.len, 0, 1};
	int ret = rdb_documents_check(&piece, group->table->key, key, err);

	if (ret != 0 || has_name(*key, request->file))
		return ret;
	return refuse_name(*key, request->file, err);
}

static int exists(const struct rdb_document_group *group, struct rdb_err *err)
{
	return rdb_err_set(err, EEXIST, "the document exists in %s.%s: %s overwrites it",
		group->table->db, group->table->name,
		rdb_existing_option(RDB_EXISTING_MERGE, group->policy->mounted));
}

/* Stores in *json the primary key that the request's file name most likely stands for. Returns
 * -ENOENT if the name stands for no key, or if the name was shortened. */
static int likely_key(const struct rdb_document_request *request, struct rdb_buf *json)
{
	int ret = rdb_key_name_parse(request->file, true, json);
	char *end = ret == 0 ? memchr(json->data, '\n', json->len) : NULL;

	if (end)
		json->len = (size_t)(end - json->data);
	return end ? 0 : -ENOENT;
}

/* ---- queries ---- */

/* Adds a write of the document to the group's query. The write uses soft durability, because the
 * query ends with a sync. */
static int put_write(
	struct rdb_document_group *group, struct rdb_json_span key, struct rdb_json_span document)
{
	const struct rdb_sync_change change = {.key = key, .new = document};

	if (group->policy->existing == RDB_EXISTING_REFUSE)
		return rdb_sync_query_change(&group->query, &group->target, &change, NULL);
	return rdb_sync_query_replace(&group->query, &group->target, key, document);
}

static int put_request(struct rdb_document_group *group, const struct rdb_document_request *request,
	struct rdb_err *err)
{
	struct rdb_buf likely = {0};
	struct rdb_json_span key;
	int ret;

	if (group->count > 0 && rdb_buf_putc(&group->query, ',') != 0)
		return rdb_err_sys(err, ENOMEM, "a document");
	if (request->kind == RDB_DOCUMENT_WRITE) {
		ret = check_document(group, request, &key, err);
		if (ret != 0)
			return ret;
		ret = put_write(
			group, key, (struct rdb_json_span){request->text.data, request->text.len});
	} else {
		ret = likely_key(request, &likely);
		if (ret == 0)
			ret = rdb_sync_query_exists(&group->query, &group->target,
				(struct rdb_json_span){likely.data, likely.len});
		rdb_buf_free(&likely);
	}
	return ret == -ENOMEM ? rdb_err_sys(err, ENOMEM, "a document") : ret;
}

void rdb_document_group_add(struct rdb_document_group *group, struct rdb_document_request *request)
{
	size_t before = group->query.len;
	struct rdb_err err = {0};
	int ret = put_request(group, request, &err);

	if (ret == 0) {
		STAILQ_INSERT_TAIL(&group->requests, request, link);
		group->count++;
		return;
	}
	group->query.len = before;
	request->done(request, &err); /* err.code is 0 for a check whose file name shows no key */
}

/* ---- answers ---- */

/* Checks whether the table already has the request's document, because an earlier attempt may have
 * written it. Returns 0 if the documents are the same, -EEXIST if they differ, or another negative
 * errno. */
static int compare_existing(struct rdb_document_group *group,
	const struct rdb_document_request *request, struct rdb_err *err)
{
	struct rdb_response response = {0};
	struct rdb_json_span key, there;
	struct rdb_buf query = {0};
	bool same = false;
	int ret = check_document(group, request, &key, err);

	if (ret == 0 && rdb_sync_query_read(&query, &group->target, key) != 0)
		ret = rdb_err_sys(err, ENOMEM, "a document");
	if (ret == 0)
		ret = rdb_client_query(group->client, &query, &response, NULL, err);
	if (ret == 0 && rdb_response_atom(&response, &there, err) == 0)
		same = rdb_json_same(
			there, (struct rdb_json_span){request->text.data, request->text.len});
	rdb_response_free(&response);
	rdb_buf_free(&query);
	if (ret == -EMSGSIZE || (ret == 0 && !same))
		return exists(group, err);
	return ret;
}

static void finish_write(struct rdb_document_group *group, struct rdb_document_request *request,
	const json_t *result)
{
	struct rdb_err err = {0}, why = {0};

	switch (rdb_sync_result(result, &why)) {
	case RDB_SYNC_WRITTEN:
	case RDB_SYNC_UNCHANGED:
		break;
	case RDB_SYNC_CHANGED:
		compare_existing(group, request, &err);
		break;
	case RDB_SYNC_REFUSED:
		rdb_err_set(&err, EINVAL, "the server refuses the document: %s", why.text);
		break;
	case RDB_SYNC_LATER:
		rdb_err_set(&err, EREMOTEIO, "%s", why.text);
		break;
	}
	request->done(request, &err);
}

static void finish_check(struct rdb_document_group *group, struct rdb_document_request *request,
	const json_t *result)
{
	struct rdb_err err = {0};

	if (json_is_true(result))
		exists(group, &err);
	request->done(request, &err);
}

static void finish_group(struct rdb_document_group *group, const json_t *results)
{
	struct rdb_document_request *request;

	for (size_t i = 0; (request = STAILQ_FIRST(&group->requests)); i++) {
		STAILQ_REMOVE_HEAD(&group->requests, link);
		(group->kind == RDB_DOCUMENT_WRITE ? finish_write : finish_check)(
			group, request, json_array_get(results, i));
	}
}

/* Sends the group's query, and stores the server's answer in *results. While the cluster cannot
 * write, sends the query again, for at most policy.patience seconds. */
static int ask(struct rdb_document_group *group, json_t **results, struct rdb_err *err)
{
	struct rdb_back_off later = group->client->back_off;
	int ret;

	for (;;) {
		ret = rdb_client_value(group->client, &group->query, results, NULL, err);
		if (ret != 0 || rdb_sync_check_later(*results, err) == 0)
			return ret;
		if (rdb_back_off_wait(&later, -EAGAIN, err) != 0)
			return 0; /* the caller then reads the server's reason in *results */
		rdb_err_clear(err);
		json_decref(*results);
		*results = NULL;
	}
}

void rdb_document_group_run(struct rdb_document_group *group)
{
	json_t *results = NULL;
	struct rdb_err err = {0};
	int ret = 0;

	if (group->kind == RDB_DOCUMENT_WRITE)
		ret = rdb_buf_putc(&group->query, ',');
	if (ret == 0 && group->kind == RDB_DOCUMENT_WRITE)
		ret = rdb_sync_query_flush(&group->query, &group->target);
	if (ret == 0)
		ret = rdb_sync_query_end(&group->query);
	if (ret != 0)
		rdb_err_sys(&err, ENOMEM, "a document");
	else
		ret = ask(group, &results, &err);
	if (ret != 0) {
		rdb_document_table_forget(group->table);
		rdb_document_requests_finish(&group->requests, &err);
	} else {
		finish_group(group, results);
	}
	json_decref(results);
}
