#include "restore/document_writer.h"

#include "base/printable.h"
#include "base/thread.h"
#include "cluster/client.h"
#include "cluster/table_info.h"
#include "format/documents.h"
#include "reql/term.h"
#include "restore/sync_query.h"
#include "json/key_name.h"
#include "json/same.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROWS 256                /* largest number of requests per query */
#define BYTES ((size_t)4 << 20) /* bytes of documents per query */
#define FACTS_SECONDS 5         /* seconds for which the facts of a table are reused */

STAILQ_HEAD(requests, rdb_document_request);

/* Facts about the table that was written last. */
struct table {
	char *db, *name; /* NULL if no facts are known */
	time_t until;    /* time of expiry, in s of the monotonic clock */
	char key[RDB_PRIMARY_KEY_MAX];
	bool hook; /* the table has a write hook that the user may bypass */
};

struct rdb_document_writer {
	struct rdb_restore_policy policy;
	struct rdb_client client; /* used only by the writer's thread, as is table */
	struct table table;
	struct rdb_cancel cancel;
	pthread_t thread;

	pthread_mutex_t lock;   /* guards the fields below */
	pthread_cond_t changed; /* signalled when queue or stopping changes */
	struct requests queue;
	bool stopping;
};

static void finish(struct rdb_document_request *request, const struct rdb_err *err)
{
	request->done(request, err);
}

static void finish_all(struct requests *requests, const struct rdb_err *err)
{
	struct rdb_document_request *request;

	while ((request = STAILQ_FIRST(requests))) {
		STAILQ_REMOVE_HEAD(requests, link);
		finish(request, err);
	}
}

/* ---- the table ---- */

static void forget_table(struct table *table)
{
	free(table->db);
	free(table->name);
	*table = (struct table){.db = NULL};
}

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static bool is_known(const struct table *table, const struct rdb_document_request *request)
{
	return table->db && now() < table->until && strcmp(table->db, request->db) == 0 &&
	       strcmp(table->name, request->table) == 0;
}

/* Determines whether the table has a write hook. -EACCES counts as no hook, because a user who may
 * not read a hook may not bypass the hook either. */
static int ask_hook(struct rdb_document_writer *writer, const struct rdb_document_request *request,
	bool *hook, struct rdb_err *err)
{
	json_t *value = NULL;
	int rc = RDB_CLIENT_ASK(&writer->client, &value, NULL, err, rdb_query_write_hook,
		request->db, request->table);

	*hook = rc == 0 && json_is_object(value);
	json_decref(value);
	if (rc != -EACCES && rc != -EOPNOTSUPP)
		return rc;
	rdb_err_clear(err);
	return 0;
}

static int ask_key(struct rdb_document_writer *writer, const struct rdb_document_request *request,
	char key[RDB_PRIMARY_KEY_MAX], struct rdb_err *err)
{
	json_t *info = NULL;
	int rc = RDB_CLIENT_ASK(&writer->client, &info, NULL, err, rdb_query_table_info,
		request->db, request->table);
	const char *name = json_string_value(json_object_get(info, "primary_key"));

	if (rc == 0 && (!name || strlen(name) >= RDB_PRIMARY_KEY_MAX))
		rc = rdb_err_set(err, EPROTO, "the server does not tell the table's primary key");
	if (rc == 0)
		strcpy(key, name);
	json_decref(info);
	return rc;
}

/* Reads the facts of the request's table, unless these facts are known. */
static int learn(struct rdb_document_writer *writer, const struct rdb_document_request *request,
	struct rdb_err *err)
{
	struct table *table = &writer->table;
	int rc;

	if (is_known(table, request))
		return 0;
	forget_table(table);
	rc = ask_key(writer, request, table->key, err);
	if (rc == 0)
		rc = ask_hook(writer, request, &table->hook, err);
	if (rc != 0)
		return rc;
	table->db = strdup(request->db);
	table->name = strdup(request->table);
	table->until = now() + FACTS_SECONDS;
	if (table->db && table->name)
		return 0;
	forget_table(table);
	return rdb_err_sys(err, ENOMEM, "a document");
}

static struct rdb_sync_target target_of(const struct rdb_document_writer *writer)
{
	return (struct rdb_sync_target){.db = writer->table.db,
		.table = writer->table.name,
		.ignore_write_hook = writer->table.hook};
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
		return rdb_err_set(err, EINVAL, "the document's primary key cannot be one");
	rdb_printable(name, strlen(name));
	return rdb_err_set(err, EINVAL,
		"the document's primary key belongs to the file %s, not to %s", name, file);
}

/* Checks that the text is a single document whose key matches the file's name. */
static int check_document(const struct rdb_document_writer *writer,
	const struct rdb_document_request *request, struct rdb_json_span *key, struct rdb_err *err)
{
	const struct rdb_json_piece piece = {
		request->text.data ? request->text.data : "", request->text.len, 0, 1};
	int rc = rdb_documents_check(&piece, writer->table.key, key, err);

	if (rc != 0 || has_name(*key, request->file))
		return rc;
	return refuse_name(*key, request->file, err);
}

static int exists(const struct rdb_document_writer *writer, struct rdb_err *err)
{
	return rdb_err_set(err, EEXIST, "the document exists in %s.%s: %s writes over it",
		writer->table.db, writer->table.name,
		rdb_existing_option(RDB_EXISTING_MERGE, writer->policy.mounted));
}

/* Determines the most likely key that the file's name may stand for. Returns -ENOENT if the key is
 * known only when the document has arrived. */
static int likely_key(const struct rdb_document_request *request, struct rdb_buf *json)
{
	int rc = rdb_key_name_parse(request->file, true, json);
	char *end = rc == 0 ? memchr(json->data, '\n', json->len) : NULL;

	if (end)
		json->len = (size_t)(end - json->data);
	return end ? 0 : -ENOENT;
}

/* ---- queries ---- */

/* A query for several requests of the same table, with these requests. */
struct group {
	struct requests requests;
	size_t count;
	enum rdb_document_request_kind kind;
	struct rdb_buf query;
};

/* Appends a write of the document, with soft durability. A sync at the end of the query brings all
 * documents to disk. */
static int put_write(struct rdb_document_writer *writer, struct rdb_buf *query,
	struct rdb_json_span key, struct rdb_json_span document)
{
	const struct rdb_sync_target target = target_of(writer);
	const struct rdb_sync_change change = {.key = key, .new = document};
	int rc;

	if (writer->policy.existing == RDB_EXISTING_REFUSE)
		return rdb_sync_query_change(query, &target, &change, NULL);
	rc = rdb_buf_puts(query, "[55,[");
	if (rc == 0)
		rc = rdb_sync_query_get(query, &target, key);
	if (rc == 0)
		rc = rdb_buf_putc(query, ',');
	if (rc == 0)
		rc = rdb_sync_query_document(query, document, &(struct rdb_sync_place){0, 0});
	return rc ? rc
		  : rdb_buf_printf(query, "],{\"durability\":\"soft\"%s}]",
			    target.ignore_write_hook ? ",\"ignore_write_hook\":true" : "");
}

/* Appends a term that tests whether the document exists: [18,[DOCUMENT,null]]. */
static int put_check(
	struct rdb_document_writer *writer, struct rdb_buf *query, struct rdb_json_span key)
{
	const struct rdb_sync_target target = target_of(writer);
	int rc = rdb_buf_puts(query, "[18,[");

	if (rc == 0)
		rc = rdb_sync_query_get(query, &target, key);
	return rc ? rc : rdb_buf_puts(query, ",null]]");
}

static int put_request(struct rdb_document_writer *writer, struct group *group,
	const struct rdb_document_request *request, struct rdb_err *err)
{
	struct rdb_buf likely = {0};
	struct rdb_json_span key;
	int rc;

	if (group->count > 0 && rdb_buf_putc(&group->query, ',') != 0)
		return rdb_err_sys(err, ENOMEM, "a document");
	if (request->kind == RDB_DOCUMENT_WRITE) {
		rc = check_document(writer, request, &key, err);
		if (rc != 0)
			return rc;
		rc = put_write(writer, &group->query, key,
			(struct rdb_json_span){request->text.data, request->text.len});
	} else {
		rc = likely_key(request, &likely);
		if (rc == 0)
			rc = put_check(writer, &group->query,
				(struct rdb_json_span){likely.data, likely.len});
		rdb_buf_free(&likely);
	}
	return rc == -ENOMEM ? rdb_err_sys(err, ENOMEM, "a document") : rc;
}

/* Adds a request to the query. A request that cannot be part of a query is finished at once. */
static void add(struct rdb_document_writer *writer, struct group *group,
	struct rdb_document_request *request)
{
	size_t before = group->query.len;
	struct rdb_err err = {0};
	int rc = put_request(writer, group, request, &err);

	if (rc == 0) {
		STAILQ_INSERT_TAIL(&group->requests, request, link);
		group->count++;
		return;
	}
	group->query.len = before;
	finish(request, &err); /* a check without a known key ends with -ENOENT, no text */
}

/* ---- answers ---- */

/* Compares the document with an existing document because of which the server has refused the
 * write. Equal documents mean that an earlier attempt was successful although its answer was lost.
 */
static int compare_existing(struct rdb_document_writer *writer,
	const struct rdb_document_request *request, struct rdb_err *err)
{
	const struct rdb_sync_target target = target_of(writer);
	struct rdb_response response = {0};
	struct rdb_json_span key, there;
	struct rdb_buf query = {0};
	bool same = false;
	int rc = check_document(writer, request, &key, err);

	if (rc == 0 && (rdb_buf_puts(&query, "[1,") != 0 ||
			       rdb_sync_query_get(&query, &target, key) != 0 ||
			       rdb_buf_putc(&query, ']') != 0))
		rc = rdb_err_sys(err, ENOMEM, "a document");
	if (rc == 0)
		rc = rdb_client_query(&writer->client, &query, &response, NULL, err);
	if (rc == 0 && rdb_response_atom(&response, &there, err) == 0)
		same = rdb_json_same(
			there, (struct rdb_json_span){request->text.data, request->text.len});
	rdb_response_free(&response);
	rdb_buf_free(&query);
	if (rc == -EMSGSIZE || (rc == 0 && !same))
		return exists(writer, err);
	return rc;
}

static void finish_write(struct rdb_document_writer *writer, struct rdb_document_request *request,
	const json_t *result)
{
	struct rdb_err err = {0}, why = {0};

	switch (rdb_sync_result(result, &why)) {
	case RDB_SYNC_WRITTEN:
	case RDB_SYNC_UNCHANGED:
		break;
	case RDB_SYNC_CHANGED:
		compare_existing(writer, request, &err);
		break;
	case RDB_SYNC_REFUSED:
		rdb_err_set(&err, EINVAL, "the server refuses the document: %s", why.text);
		break;
	case RDB_SYNC_LATER:
		rdb_err_set(&err, EREMOTEIO, "%s", why.text);
		break;
	}
	finish(request, &err);
}

static void finish_check(struct rdb_document_writer *writer, struct rdb_document_request *request,
	const json_t *result)
{
	struct rdb_err err = {0};

	if (json_is_true(result))
		exists(writer, &err);
	finish(request, &err);
}

static void finish_group(
	struct rdb_document_writer *writer, struct group *group, const json_t *results)
{
	struct rdb_document_request *request;

	for (size_t i = 0; (request = STAILQ_FIRST(&group->requests)); i++) {
		STAILQ_REMOVE_HEAD(&group->requests, link);
		(group->kind == RDB_DOCUMENT_WRITE ? finish_write : finish_check)(
			writer, request, json_array_get(results, i));
	}
}

/* Returns whether any result says that the cluster cannot write at present. */
static bool is_for_later(const json_t *results)
{
	struct rdb_err why;
	const json_t *result;
	size_t i;

	json_array_foreach((json_t *)results, i, result)
	{
		if (json_is_object(result) && rdb_sync_result(result, &why) == RDB_SYNC_LATER)
			return true;
	}
	return false;
}

/* Sends the query, and repeats the query while the cluster cannot write, at most for
 * policy.patience. */
static int ask(struct rdb_document_writer *writer, const struct rdb_buf *query, json_t **results,
	struct rdb_err *err)
{
	struct rdb_back_off later = writer->client.back_off;
	int rc;

	for (;;) {
		rc = rdb_client_value(&writer->client, query, results, NULL, err);
		if (rc != 0 || !is_for_later(*results))
			return rc;
		rdb_err_set(err, EAGAIN, "the cluster cannot write now");
		if (rdb_back_off_wait(&later, -EAGAIN, err) != 0)
			return 0; /* the results have the reason */
		rdb_err_clear(err);
		json_decref(*results);
		*results = NULL;
	}
}

static void run_group(struct rdb_document_writer *writer, struct group *group)
{
	const struct rdb_sync_target target = target_of(writer);
	json_t *results = NULL;
	struct rdb_err err = {0};
	int rc = 0;

	if (group->kind == RDB_DOCUMENT_WRITE)
		rc = rdb_term_format(&group->query, ",[138,[%t]]", target.db, target.table);
	if (rc == 0)
		rc = rdb_sync_query_end(&group->query);
	if (rc != 0)
		rdb_err_sys(&err, ENOMEM, "a document");
	else
		rc = ask(writer, &group->query, &results, &err);
	if (rc != 0) {
		forget_table(&writer->table);
		finish_all(&group->requests, &err);
	} else {
		finish_group(writer, group, results);
	}
	json_decref(results);
}

/* ---- the thread ---- */

static bool fits(const struct group *group, const struct rdb_document_request *first,
	const struct rdb_document_request *request)
{
	return request->kind == first->kind && strcmp(request->db, first->db) == 0 &&
	       strcmp(request->table, first->table) == 0 && group->count < ROWS &&
	       group->query.len + request->text.len <= BYTES;
}

/* Runs as many requests of the list as fit into one query. */
static void run_some(struct rdb_document_writer *writer, struct requests *taken)
{
	struct rdb_document_request *first = STAILQ_FIRST(taken), *request;
	struct group group = {.kind = first->kind};
	struct rdb_err err = {0};

	STAILQ_INIT(&group.requests);
	if (learn(writer, first, &err) != 0) {
		STAILQ_REMOVE_HEAD(taken, link);
		finish(first, &err);
		return;
	}
	if (rdb_sync_query_begin(&group.query) != 0) {
		rdb_err_sys(&err, ENOMEM, "a document");
		finish_all(taken, &err);
		return;
	}
	do {
		request = STAILQ_FIRST(taken);
		STAILQ_REMOVE_HEAD(taken, link);
		add(writer, &group, request);
		request = STAILQ_FIRST(taken);
	} while (
		request && group.count > 0 && fits(&group, STAILQ_FIRST(&group.requests), request));
	if (group.count > 0)
		run_group(writer, &group);
	rdb_buf_free(&group.query);
}

/* Waits for requests, and moves them to the list taken. Returns false if the writer must stop. */
static bool take(struct rdb_document_writer *writer, struct requests *taken)
{
	bool stopping;

	STAILQ_INIT(taken);
	pthread_mutex_lock(&writer->lock);
	while (STAILQ_EMPTY(&writer->queue) && !writer->stopping)
		pthread_cond_wait(&writer->changed, &writer->lock);
	STAILQ_CONCAT(taken, &writer->queue);
	stopping = writer->stopping;
	pthread_mutex_unlock(&writer->lock);
	return !stopping;
}

static void *run(void *arg)
{
	struct rdb_document_writer *writer = arg;
	struct rdb_err cancelled = {0};
	struct requests taken;

	while (take(writer, &taken))
		while (!STAILQ_EMPTY(&taken))
			run_some(writer, &taken);
	rdb_err_set(&cancelled, ECANCELED, "the mount ends");
	finish_all(&taken, &cancelled);
	rdb_client_close(&writer->client);
	return NULL;
}

/* ---- creation and end ---- */

int rdb_document_writer_create(struct rdb_cluster *cluster, const struct rdb_restore_policy *policy,
	struct rdb_document_writer **out, struct rdb_err *err)
{
	struct rdb_document_writer *writer = calloc(1, sizeof(*writer));
	int rc = writer ? rdb_cancel_init(&writer->cancel) : -ENOMEM;

	if (rc != 0) {
		free(writer);
		return rdb_err_sys(err, -rc, "documents");
	}
	writer->policy = *policy;
	writer->client = (struct rdb_client){
		.cluster = cluster,
		.back_off = {.ms = rdb_back_off_ms(policy->patience), .cancel = &writer->cancel},
	};
	STAILQ_INIT(&writer->queue);
	pthread_mutex_init(&writer->lock, NULL);
	pthread_cond_init(&writer->changed, NULL);
	rc = rdb_thread_start(&writer->thread, run, writer);
	if (rc != 0) {
		pthread_cond_destroy(&writer->changed);
		pthread_mutex_destroy(&writer->lock);
		rdb_cancel_destroy(&writer->cancel);
		free(writer);
		return rdb_err_sys(err, -rc, "a thread for documents");
	}
	*out = writer;
	return 0;
}

void rdb_document_writer_submit(
	struct rdb_document_writer *writer, struct rdb_document_request *request)
{
	struct rdb_err err = {0};
	bool stopping;

	pthread_mutex_lock(&writer->lock);
	stopping = writer->stopping;
	if (!stopping)
		STAILQ_INSERT_TAIL(&writer->queue, request, link);
	pthread_cond_signal(&writer->changed);
	pthread_mutex_unlock(&writer->lock);
	if (!stopping)
		return;
	rdb_err_set(&err, ECANCELED, "the mount ends");
	finish(request, &err);
}

void rdb_document_writer_stop(struct rdb_document_writer *writer)
{
	if (!writer)
		return;
	pthread_mutex_lock(&writer->lock);
	writer->stopping = true;
	pthread_cond_signal(&writer->changed);
	pthread_mutex_unlock(&writer->lock);
	rdb_cancel_fire(&writer->cancel);
}

void rdb_document_writer_free(struct rdb_document_writer *writer)
{
	if (!writer)
		return;
	rdb_document_writer_stop(writer);
	pthread_join(writer->thread, NULL);
	forget_table(&writer->table);
	pthread_cond_destroy(&writer->changed);
	pthread_mutex_destroy(&writer->lock);
	rdb_cancel_destroy(&writer->cancel);
	free(writer);
}
