#include "restore/sync_metadata.h"

#include "cluster/table.h"
#include "compare/archive_documents.h"
#include "compare/cluster_documents.h"
#include "compare/cluster_tables.h"
#include "compare/compare.h"
#include "compare/sorted_documents.h"
#include "format/documents.h"
#include "pipeline/sync_spool.h"
#include "staging/leftover.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define PASSES 8    /* limit on comparisons, repeated after lost writes */
#define REPORT 1024 /* documents between two progress reports */

struct counted {
	struct rdb_document_source source;
	struct rdb_document_source *from;
	struct rdb_json_piece current;
	struct syncing *syncing;
	uint64_t documents, bytes; /* read in this comparison */
};

struct syncing {
	const struct rdb_sync_options *options;
	struct rdb_sync_result *result;
	char name[256]; /* "db.table", for messages */
	struct rdb_client client;
	struct rdb_describe describe;
	struct rdb_table_info *info; /* NULL if the backup has no .info file */
	struct rdb_sync_writer *writer;
	struct rdb_sync_spool deletes;
	struct rdb_sync_metadata metadata;
	struct counted backup;
	bool unsorted;             /* the backup's documents are not in key order */
	bool compared;             /* an earlier comparison was complete */
	uint64_t documents, bytes; /* reported as progress */
};

/* ---- the two sources ---- */

static uint64_t raise_to(uint64_t *value, uint64_t level)
{
	uint64_t step = level > *value ? level - *value : 0;

	*value += step;
	return step;
}

/* Reports the documents and bytes read from the backup as progress of the job. A document that is
 * read in several comparisons counts once. */
static void report(const struct counted *counted)
{
	struct syncing *s = counted->syncing;
	const struct rdb_sync_options *o = s->options;
	uint64_t documents = raise_to(&s->documents, counted->documents);
	uint64_t bytes = raise_to(&s->bytes, counted->bytes);

	if (!o->dry_run)
		rdb_job_progress(o->job, o->number, documents, bytes);
}

static bool is_stopped(const struct rdb_sync_options *options)
{
	return (options->stop && atomic_load(options->stop)) || rdb_job_is_cancelled(options->job);
}

static int next_counted(
	struct rdb_document_source *source, struct rdb_json_piece *document, struct rdb_err *err)
{
	struct counted *counted = (struct counted *)source;
	int ret;

	if (is_stopped(counted->syncing->options))
		return rdb_err_set(err, ECANCELED, "cancelled");
	ret = rdb_document_source_next(counted->from, document, err);
	counted->current = *document;
	counted->documents += ret == 1;
	counted->bytes += ret == 1 ? document->len : 0;
	if (ret != 1 || counted->documents % REPORT == 0)
		report(counted);
	return ret;
}

static void close_counted(struct rdb_document_source *source)
{
	rdb_document_source_close(((struct counted *)source)->from);
}

static const struct rdb_document_source_ops counted_ops = {
	.next = next_counted, .close = close_counted};

static int open_backup(struct syncing *s, struct rdb_document_source **out, struct rdb_err *err)
{
	const struct rdb_sync_options *o = s->options;
	struct rdb_document_source *from;
	int ret = o->collected ? rdb_sync_collect_source(o->collected, &from, err)
			       : rdb_archive_documents(o->archive, o->documents, s->name,
					 rdb_job_cancel_object(o->job), &from, err);

	if (ret == 0 && s->unsorted)
		ret = rdb_sorted_documents(
			from, s->describe.primary_key.data, o->policy->spool_dir, &from, err);
	if (ret != 0)
		return ret;
	s->backup = (struct counted){.source.ops = &counted_ops, .from = from, .syncing = s};
	*out = &s->backup.source;
	return 0;
}

static int open_table(struct syncing *s, struct rdb_document_source **out, struct rdb_err *err)
{
	const struct rdb_cluster_documents_options options = {
		.cluster = s->options->cluster,
		.db = s->options->db,
		.table = s->options->table,
		.describe = &s->describe,
		.patience = s->options->policy->patience,
		.cancel = rdb_job_cancel_object(s->options->job),
	};

	return rdb_cluster_documents(&options, out, err);
}

/* ---- differences ---- */

static int check_document(
	const struct syncing *s, const struct rdb_difference *difference, struct rdb_err *err)
{
	const struct rdb_json_piece *document = &s->backup.current;
	struct rdb_json_span key;

	if (difference->repeated)
		return rdb_err_set(err, EINVAL,
			"document %" PRIu64 " at byte %" PRIu64
			" has the primary key of an earlier document",
			document->number, document->offset);
	return rdb_documents_check(document, s->describe.primary_key.data, &key, err);
}

static int on_difference(void *arg, const struct rdb_difference *difference, struct rdb_err *err)
{
	struct syncing *s = arg;
	const struct rdb_restore_policy *policy = s->options->policy;
	const struct rdb_sync_change change = {
		.key = difference->key, .old = difference->from, .new = difference->to};
	int ret;

	if (difference->type == RDB_REMOVED)
		return policy->keep_extra || s->options->dry_run
			       ? 0
			       : rdb_sync_spool_add(&s->deletes, policy->spool_dir, change.key,
					 change.old, err);
	ret = check_document(s, difference, err);
	return ret || s->options->dry_run ? ret : rdb_sync_writer_put(s->writer, &change, err);
}

static int compare_as_is(
	struct syncing *s, struct rdb_difference_counts *counts, struct rdb_err *err)
{
	struct rdb_document_source *table = NULL, *backup = NULL;
	int ret = open_table(s, &table, err);

	*counts = (struct rdb_difference_counts){0};
	if (ret == 0)
		ret = open_backup(s, &backup, err);
	if (ret == 0)
		ret = rdb_compare(
			table, backup, s->describe.primary_key.data, counts, on_difference, s, err);
	rdb_document_source_close(backup);
	rdb_document_source_close(table);
	return ret;
}

/* Sends the pending writes of a comparison that has stopped early. Stores in *written how many
 * documents were written. The next comparison finds these documents equal, so the caller subtracts
 * *written from its count. */
static int flush_early(struct syncing *s, uint64_t *written, struct rdb_err *err)
{
	const struct rdb_sync_written *counts;
	bool lost; /* ignored, because the next comparison repeats lost writes */
	int ret;

	if (!s->writer)
		return 0;
	ret = rdb_sync_writer_flush(s->writer, &lost, err);
	counts = rdb_sync_writer_written(s->writer);
	*written = counts->inserted + counts->replaced;
	return ret;
}

/* Compares the table with the backup, and counts the differences. A dry run changes nothing. Any
 * other run writes missing and changed documents at once, and records the documents that
 * delete_extra() will delete. */
static int compare(struct syncing *s, struct rdb_difference_counts *counts, struct rdb_err *err)
{
	uint64_t written = 0;
	int ret = compare_as_is(s, counts, err);

	/* The backup's documents are not in key order: compare again with sorted documents. */
	if (ret == -EDOM && !s->unsorted) {
		rdb_err_clear(err);
		rdb_sync_spool_free(&s->deletes);
		s->unsorted = true;
		ret = flush_early(s, &written, err);
		if (ret == 0)
			ret = compare_as_is(s, counts, err);
	}
	if (!s->compared)
		s->result->same = counts->same > written ? counts->same - written : 0;
	s->result->extra = s->options->policy->keep_extra ? counts->removed : 0;
	return ret;
}

/* ---- passes ---- */

static int delete_extra(struct syncing *s, struct rdb_err *err)
{
	struct rdb_sync_change change = {.key = {NULL, 0}};
	int ret;

	while ((ret = rdb_sync_spool_next(&s->deletes, &change.key, &change.old, err)) == 1) {
		ret = rdb_sync_writer_put(s->writer, &change, err);
		if (ret == 0 && is_stopped(s->options))
			ret = rdb_err_set(err, ECANCELED, "cancelled");
		if (ret != 0)
			return ret;
	}
	return ret;
}

/* Stores in the result how many documents were written so far. A write that was lost and is
 * repeated in a later pass counts once. */
static void count_written(struct syncing *s)
{
	const struct rdb_sync_written *now = rdb_sync_writer_written(s->writer);
	struct rdb_sync_written *written = &s->result->written;

	if (!s->compared) {
		written->inserted = now->inserted;
		written->replaced = now->replaced;
	}
	if (written->deleted == 0)
		written->deleted = now->deleted;
	written->overtaken = now->overtaken;
	written->contested = now->contested;
	written->left = now->left;
}

static int pass(struct syncing *s, bool *lost, struct rdb_err *err)
{
	struct rdb_difference_counts counts;
	int ret = compare(s, &counts, err);

	if (ret == 0)
		ret = rdb_sync_writer_flush(s->writer, lost, err);
	if (ret == 0 && !*lost && s->deletes.file) {
		ret = delete_extra(s, err);
		if (ret == 0)
			ret = rdb_sync_writer_flush(s->writer, lost, err);
	}
	rdb_sync_spool_free(&s->deletes);
	count_written(s);
	s->compared = true;
	return ret;
}

static int open_writer(struct syncing *s, bool bypass, struct rdb_err *err)
{
	const struct rdb_sync_options *o = s->options;
	const struct rdb_sync_writer_options options = {
		.cluster = o->cluster,
		.target = {.db = o->db,
			.table = o->table,
			.hard = o->policy->hard_durability,
			.ignore_write_hook = bypass},
		.name = s->name,
		.key = s->describe.primary_key.data,
		.connections = o->connections,
		.back_off = s->client.back_off,
		.job = o->job,
	};

	return rdb_sync_writer_create(&options, &s->writer, err);
}

/* Returns true if the table in the cluster has a write hook. The caller bypasses the hook, because
 * the hook would change the restored documents. Warns if the hook cannot be read. */
static bool has_hook(const struct syncing *s)
{
	json_t *info =
		json_loadb(s->describe.info.data, s->describe.info.len, JSON_ALLOW_NUL, NULL);
	bool has = json_is_object(json_object_get(info, "write_hook"));

	json_decref(info);
	if (s->describe.hook_refused)
		rdb_job_warn(s->options->job,
			"%s: a write hook of the table, if it has one, changes the documents: it "
			"can't be bypassed without the permission config",
			s->name);
	return has;
}

static int write_documents(struct syncing *s, struct rdb_err *err)
{
	bool lost = true;
	int ret = open_writer(s, has_hook(s), err);

	for (int i = 0; ret == 0 && lost && i < PASSES; i++)
		ret = pass(s, &lost, err);
	if (ret == 0 && lost)
		ret = rdb_err_set(err, EREMOTEIO,
			"the cluster failed during each of %d comparisons: try again when it is "
			"stable",
			PASSES);
	return ret;
}

static int plan_documents(struct syncing *s, struct rdb_err *err)
{
	struct rdb_difference_counts counts;
	int ret = compare(s, &counts, err);

	s->result->written = (struct rdb_sync_written){
		.inserted = counts.added,
		.replaced = counts.changed,
		.deleted = s->options->policy->keep_extra ? 0 : counts.removed,
	};
	return ret;
}

/* ---- the table ---- */

static int check_table(const struct syncing *s, struct rdb_err *err)
{
	const char *key = s->info ? s->info->primary_key : "";
	int ret = rdb_leftovers_check(s->options->policy->leftovers, s->describe.id.data, err);

	if (ret == 0 && key[0] && strcmp(key, s->describe.primary_key.data) != 0)
		ret = rdb_table_refuse_key(s->describe.primary_key.data, key, err);
	return ret;
}

static int prepare(struct syncing *s, struct rdb_err *err)
{
	const struct rdb_sync_options *o = s->options;
	int ret = rdb_cluster_table_describe(&s->client, o->db, o->table, &s->describe, err);

	if (ret == 0 && o->info.len > 0)
		ret = rdb_table_info_parse(o->info.data, o->info.len, &s->info, err);
	if (ret == 0)
		ret = check_table(s, err);
	if (ret != 0)
		return ret;
	s->metadata = (struct rdb_sync_metadata){.options = o,
		.client = &s->client,
		.describe = &s->describe,
		.info = s->info,
		.result = s->result};
	return rdb_sync_metadata_compare(&s->metadata, err);
}

static int run(struct syncing *s, struct rdb_err *err)
{
	int ret = prepare(s, err);

	if (ret != 0 || s->options->dry_run)
		return ret ? ret : plan_documents(s, err);
	ret = write_documents(s, err);
	return ret ? ret : rdb_sync_metadata_write(&s->metadata, err);
}

static void report_state(
	const struct rdb_sync_options *o, enum rdb_job_state state, const struct rdb_err *why)
{
	if (!o->dry_run && !o->collected)
		rdb_job_table_state(o->job, o->number, state, why);
}

int rdb_sync_run(
	const struct rdb_sync_options *options, struct rdb_sync_result *result, struct rdb_err *err)
{
	struct syncing s = {
		.options = options,
		.result = result,
		.client = {.cluster = options->cluster,
			.back_off = {.ms = rdb_back_off_ms(options->policy->patience),
				.cancel = rdb_job_cancel_object(options->job),
				.stop = options->stop}},
	};
	int ret;

	*result = (struct rdb_sync_result){.same = 0};
	snprintf(s.name, sizeof(s.name), "%s.%s", options->db, options->table);
	report_state(options, RDB_JOB_RUNNING, NULL);
	ret = run(&s, err);
	if (ret != 0 && !strstr(err->text, s.name))
		rdb_err_prefix(err, "%s: ", s.name);
	report_state(options, ret ? RDB_JOB_FAILED : RDB_JOB_DONE, ret ? err : NULL);
	rdb_sync_writer_free(s.writer);
	rdb_sync_spool_free(&s.deletes);
	rdb_describe_free(&s.describe);
	rdb_table_info_free(s.info);
	rdb_client_close(&s.client);
	return ret;
}
