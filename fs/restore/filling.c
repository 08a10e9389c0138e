#include "restore/filling.h"

#include "cluster/indexes.h"
#include "cluster/inherit.h"
#include "reql/term.h"
#include "restore/spare.h"
#include "json/key.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_MAX ((size_t)4 << 20) /* bytes kept in memory until the key is known */
#define REPLAY ((size_t)256 << 10) /* bytes read at once from those that waited */

/* ---- life ---- */

static void set_back_off(struct rdb_filling *filling, bool retries)
{
	filling->client.back_off = (struct rdb_back_off){
		.ms = retries ? rdb_back_off_ms(filling->options->policy.patience) : 0,
		.cancel = rdb_job_cancel_object(filling->job),
		.stop = filling->stop,
	};
}

static char delimiter(const struct rdb_sink_options *options)
{
	return options->format == RDB_SINK_CSV ? options->policy.delimiter : '\0';
}

/* As it was when the sink that completed the table had finished. */
static void take_done(struct rdb_filling *filling)
{
	snprintf(filling->id, sizeof(filling->id), "%s", filling->options->done_id);
	filling->ready = true;
}

static bool has_total(const struct rdb_filling *filling)
{
	struct rdb_job_table_facts facts;

	return rdb_job_table_facts(filling->job, filling->number, &facts) == 0 && facts.total >= 0;
}

int rdb_filling_init(struct rdb_filling *filling, struct rdb_cluster *cluster, struct rdb_job *job,
	const struct rdb_sink_options *options, const atomic_bool *stop, struct rdb_err *err)
{
	*filling = (struct rdb_filling){
		.cluster = cluster,
		.job = job,
		.options = options,
		.stop = stop,
		.client = {.cluster = cluster},
		.staging = {.db = options->db, .table = options->table, .job = job},
	};
	filling->number = options->table_number - 1;
	if (filling->number < 0)
		filling->number = rdb_job_table(job, options->db, options->table,
			options->documents ? options->documents : -1);
	if (filling->number < 0)
		return rdb_err_sys(err, -filling->number, "table");
	filling->counted = has_total(filling);
	if (options->primary_key && strlen(options->primary_key) >= sizeof(filling->key))
		return rdb_err_set(err, EINVAL, "the primary key's name is too long");
	if (options->primary_key)
		strcpy(filling->key, options->primary_key);
	if (options->done_id)
		take_done(filling);
	return rdb_documents_init(&filling->documents, delimiter(options), err);
}

static void forget_head(struct rdb_filling *filling)
{
	rdb_buf_free(&filling->head);
	rdb_spooled_free(filling->spooled);
	filling->spooled = NULL;
}

void rdb_filling_free(struct rdb_filling *filling)
{
	rdb_insert_free(filling->insert);
	rdb_client_close(&filling->client);
	rdb_documents_free(&filling->documents);
	rdb_table_info_free(filling->info);
	rdb_table_info_free(filling->had);
	rdb_staging_free(&filling->staging);
	forget_head(filling);
}

/* Of a table that is done, what an .info gave it stays when another comes; what it had only because
 * there was none does not. */
void rdb_filling_info(struct rdb_filling *filling, struct rdb_table_info *info)
{
	filling->outdated |= filling->indexed && (!filling->ready || !filling->info);
	rdb_table_info_free(filling->info);
	filling->info = info;
	filling->informed = filling->ready;
	filling->indexed = false;
	if (!filling->counted)
		rdb_job_table_total(filling->job, filling->number, info->documents);
	if (!filling->key[0])
		strcpy(filling->key, info->primary_key);
	if (filling->key[0] && !filling->waits)
		forget_head(filling);
}

static void warn(struct rdb_filling *filling, const char *text, const char *why)
{
	filling->warnings++;
	rdb_job_warn(filling->job, "%s.%s: %s%s%s", filling->options->db, filling->options->table,
		text, *why ? ": " : "", why);
}

static void tell_phase(struct rdb_filling *filling, const char *what)
{
	rdb_job_phase(
		filling->job, "%s.%s: %s", filling->options->db, filling->options->table, what);
}

/* ---- before the first byte ---- */

static bool merges(const struct rdb_filling *filling)
{
	return filling->there.exists && filling->options->policy.existing == RDB_EXISTING_MERGE;
}

bool rdb_filling_merges(const struct rdb_filling *filling)
{
	return merges(filling);
}

static bool replaces(const struct rdb_filling *filling)
{
	return filling->id[0] ||
	       (filling->there.exists && filling->options->policy.existing == RDB_EXISTING_REPLACE);
}

static int refuse_key(const struct rdb_filling *filling, const char *key, struct rdb_err *err)
{
	return rdb_err_set(err, EINVAL,
		"the table in the cluster has the primary key \"%s\", the backup's \"%s\"",
		filling->there.primary_key, key);
}

/* The ways that harm nothing come first. */
static int refuse_existing(const struct rdb_filling *filling, struct rdb_err *err)
{
	bool mounted = filling->options->policy.mounted;

	return rdb_err_set(err, EEXIST,
		"the table exists already: %s; %s writes into it, %s replaces it%s",
		mounted ? "copy it under another name, as restore/OTHER/TABLE.json, or use rdbfs "
			  "restore --as"
			: "--as restores it under another name",
		rdb_existing_option(RDB_EXISTING_MERGE, mounted),
		rdb_existing_option(RDB_EXISTING_REPLACE, mounted),
		mounted ? ", after unmounting and mounting with it" : "");
}

static int check_there(struct rdb_filling *filling, struct rdb_err *err)
{
	if (!filling->there.exists)
		return 0;
	if (filling->options->policy.existing == RDB_EXISTING_REFUSE && !filling->options->done_id)
		return refuse_existing(filling, err);
	if (!merges(filling))
		return 0;
	if (filling->options->policy.leftovers &&
		rdb_leftovers_dooms(filling->options->policy.leftovers, filling->there.id))
		return rdb_err_set(err, EBUSY,
			"a restore that did not end left it behind, and it is being dropped: try "
			"again in a moment");
	if (filling->key[0] && strcmp(filling->key, filling->there.primary_key) != 0)
		return refuse_key(filling, filling->key, err);
	strcpy(filling->key, filling->there.primary_key);
	return 0;
}

int rdb_filling_begin(struct rdb_filling *filling, struct rdb_err *err)
{
	int rc;

	set_back_off(filling, filling->options->reached);
	rc = rdb_table_look(&filling->client, filling->options->db, filling->options->table,
		&filling->there, err);
	if (rc == 0)
		rc = check_there(filling, err);
	set_back_off(filling, true);
	return rc;
}

/* ---- the table ---- */

/* Its documents must come as they are in the backup, and not as its hook would make them. */
static int bypass_hook(struct rdb_filling *filling, bool *bypass, struct rdb_err *err)
{
	json_t *hook = NULL;
	int rc = RDB_CLIENT_ASK(&filling->client, &hook, NULL, err, rdb_query_write_hook,
		filling->options->db, filling->options->table);

	*bypass = rc == 0 && json_is_object(hook);
	json_decref(hook);
	if (rc == -EACCES)
		warn(filling,
			"a write hook of the table, if it has one, changes the documents: it can't "
			"be bypassed",
			err->text);
	if (rc != -EACCES && rc != -EOPNOTSUPP)
		return rc;
	rdb_err_clear(err);
	return 0;
}

static void acknowledged(void *arg, uint64_t documents, uint64_t bytes)
{
	struct rdb_filling *filling = arg;

	atomic_fetch_add(&filling->acknowledged, documents);
	rdb_job_progress(filling->job, filling->number, documents, bytes);
}

static const char *target(const struct rdb_filling *filling)
{
	return filling->staging.name ? filling->staging.name : filling->options->table;
}

static int open_insert(struct rdb_filling *filling, bool bypass, struct rdb_err *err)
{
	const struct rdb_insert_options options = {
		.db = filling->options->db,
		.table = target(filling),
		.key = filling->key,
		.replace = merges(filling),
		.hard = filling->options->policy.hard_durability,
		.ignore_write_hook = bypass,
		.connections = filling->options->connections,
		.back_off = filling->client.back_off,
		.acknowledged = acknowledged,
		.arg = filling,
	};

	return rdb_insert_create(filling->cluster, &options, &filling->insert, err);
}

/* What was lacking is told; what else failed, fails. */
static int tell_lost(struct rdb_filling *filling, int rc, const char *what, struct rdb_err *err)
{
	if (rc != -EACCES && rc != -EINVAL && rc != -EIO && rc != -EOPNOTSUPP)
		return rc;
	warn(filling, what, err->text);
	rdb_err_clear(err);
	return 0;
}

/* The table takes over what the one that it replaces has. */
static int inherit(
	struct rdb_filling *filling, const struct rdb_staging *staging, struct rdb_err *err)
{
	const struct rdb_sink_options *o = filling->options;
	struct rdb_client *client = &filling->client;
	const char *from = filling->id[0] ? filling->id : filling->there.id;
	int rc = rdb_inherit_config(client, o->db, o->table, staging->name,
		!o->policy.shards && !o->policy.replicas, err);

	rc = tell_lost(filling, rc, "the settings of the table that is replaced are lost", err);
	if (rc == 0)
		rc = rdb_inherit_permissions(client, o->db, from, staging->name, err);
	rc = tell_lost(filling, rc,
		"the permissions that users had on the table that is replaced, if any, are lost",
		err);
	return rc ? rc : rdb_staging_await(staging, client, err);
}

/* A table that was made ahead, where any table will do. */
static bool take_spare(struct rdb_filling *filling, struct rdb_staging *staging, const char *key)
{
	const struct rdb_sink_options *o = filling->options;
	struct rdb_staging spare;

	if (!o->spares || o->policy.shards || o->policy.replicas || staging->in_place ||
		replaces(filling) || !rdb_spares_take(o->spares, o->db, key, &spare))
		return false;
	return rdb_staging_take_over(staging, &spare, &filling->client, NULL) == 0;
}

static int make(struct rdb_filling *filling, struct rdb_staging *staging, const char *key,
	struct rdb_err *err)
{
	bool could = staging->in_place;
	int rc;

	if (take_spare(filling, staging, key))
		return 0;
	rc = rdb_staging_make(staging, &filling->client, filling->options->policy.leftovers, key,
		filling->options->policy.shards, filling->options->policy.replicas, err);

	if (staging->in_place && !could && rc == 0)
		warn(filling,
			"it is filled under its own name, and can be seen before it is complete: "
			"to rename tables takes the permissions read and write on "
			"rethinkdb.table_config",
			"");
	if (rc == -EEXIST && staging->in_place && replaces(filling))
		return rdb_err_set(err, EACCES,
			"to replace a table takes the permission to rename tables: read and write "
			"on rethinkdb.table_config (%s does without)",
			rdb_existing_option(RDB_EXISTING_MERGE, filling->options->policy.mounted));
	return rc == 0 && replaces(filling) ? inherit(filling, staging, err) : rc;
}

/* Over a connection of its own: the other may be cancelled. */
static void drop_failed(struct rdb_filling *filling, struct rdb_staging *staging)
{
	struct rdb_client client = {
		.cluster = filling->cluster, .limit = rdb_job_undo_ms(filling->job)};
	struct rdb_err err = {0};

	if (rdb_staging_drop(staging, &client, &err) != 0)
		warn(filling, err.text, "");
	rdb_client_close(&client);
}

/* ---- indexes and the hook ---- */

static int as_info(json_t *indexes, json_t *hook, struct rdb_table_info **out, struct rdb_err *err)
{
	json_t *root = json_pack("{s:O*, s:O*}", "indexes", indexes, "write_hook", hook);
	char *text = json_dumps(root, JSON_COMPACT);
	int rc = text ? rdb_table_info_parse(text, strlen(text), out, err)
		      : rdb_err_sys(err, ENOMEM, "metadata");

	free(text);
	json_decref(root);
	return rc;
}

/* An .info may come late or never: until then the table gets what the one that it replaces has. */
static int read_replaced(struct rdb_filling *filling, struct rdb_err *err)
{
	const struct rdb_sink_options *o = filling->options;
	json_t *indexes = NULL, *hook = NULL;
	int rc = rdb_inherit_indexes(&filling->client, o->db, o->table, &indexes, err);

	rc = tell_lost(filling, rc,
		"the indexes of the table that is replaced can't be read and are lost", err);
	if (rc == 0)
		rc = rdb_inherit_hook(&filling->client, o->db, o->table, &hook, err);
	rc = tell_lost(filling, rc,
		"the write hook of the table that is replaced, if any, can't be read and is lost",
		err);
	if (rc == 0)
		rc = as_info(indexes, hook, &filling->had, err);
	json_decref(indexes);
	json_decref(hook);
	return rc;
}

static struct rdb_indexes indexes_of(struct rdb_filling *filling, const char *name, bool merge)
{
	return (struct rdb_indexes){
		.client = &filling->client,
		.job = filling->job,
		.db = filling->options->db,
		.table = filling->options->table,
		.name = name,
		.merge = merge,
	};
}

/* NULL: none. */
static const struct rdb_table_info *wishes(const struct rdb_filling *filling)
{
	if (filling->options->policy.no_indexes)
		return NULL;
	return filling->info ? filling->info : filling->had;
}

/* Those of a former .info, which the present one need not have, were made by this restore. */
static int build_indexes(
	struct rdb_filling *filling, const char *name, bool merge, struct rdb_err *err)
{
	struct rdb_indexes indexes = indexes_of(filling, name, merge || filling->outdated);
	int rc;

	indexes.exact = filling->outdated;
	indexes.only = filling->ready ? filling->had : NULL;
	tell_phase(filling, "building indexes");
	rc = rdb_indexes_build(&indexes, wishes(filling), err);
	filling->warnings += indexes.warnings;
	filling->no_index = indexes.missing;
	filling->indexed = rc == 0;
	filling->outdated &= rc != 0;
	return rc;
}

static int set_hook(struct rdb_filling *filling, const char *name, bool merge, struct rdb_err *err)
{
	struct rdb_indexes indexes = indexes_of(filling, name, merge);
	int rc;

	indexes.keep_hook = merges(filling);
	rc = rdb_indexes_hook(&indexes, wishes(filling), err);
	filling->warnings += indexes.warnings;
	filling->no_hook = indexes.missing;
	filling->hooked = indexes.hooked;
	return rc;
}

/* All that the .info, or the replaced table, has beside the documents. */
static int apply_info(
	struct rdb_filling *filling, const char *name, bool merge, struct rdb_err *err)
{
	int rc = 0;

	if (!wishes(filling))
		return 0;
	if (!filling->indexed)
		rc = build_indexes(filling, name, merge, err);
	return rc ? rc : set_hook(filling, name, merge, err);
}

/*
 * Where the indexes are known they are made while the table is empty. The server then keeps them
 * with the documents that it writes, a transaction for all of a batch that are in one part of the
 * table; built afterwards, each is a walk over all documents with a transaction for every 32.
 */
static int make_indexed(struct rdb_filling *filling, struct rdb_err *err)
{
	int rc = 0;

	if (replaces(filling) && !filling->info && !filling->options->policy.no_indexes)
		rc = read_replaced(filling, err);
	if (rc == 0)
		rc = make(filling, &filling->staging, filling->key, err);
	return rc == 0 && wishes(filling) ? build_indexes(filling, target(filling), false, err)
					  : rc;
}

static int make_target(struct rdb_filling *filling, struct rdb_err *err)
{
	bool bypass = false;
	int rc;

	if (filling->insert)
		return 0;
	if (merges(filling))
		rc = bypass_hook(filling, &bypass, err);
	else
		rc = make_indexed(filling, err);
	return rc ? rc : open_insert(filling, bypass, err);
}

/* ---- documents ---- */

/* What the key of documents without .info is called: as that of the table that they replace. */
static const char *likely_key(const struct rdb_filling *filling)
{
	return replaces(filling) && filling->there.exists ? filling->there.primary_key : "id";
}

/* It is that, if the first document has it. */
static void decide_key(struct rdb_filling *filling, const struct rdb_json_piece *piece)
{
	const char *key = likely_key(filling);
	struct rdb_json_span value;

	if (rdb_json_key(piece->data, piece->len, key, &value) != -ENOENT) {
		strcpy(filling->key, key);
		forget_head(filling);
		return;
	}
	filling->waits = true;
	snprintf(filling->lacks, sizeof(filling->lacks), "%s", key);
	if (replaces(filling))
		warn(filling,
			"its documents wait for their .info: the first one lacks the primary key "
			"of the table that is replaced",
			key);
}

static int take(
	struct rdb_filling *filling, const struct rdb_json_piece *piece, struct rdb_err *err)
{
	struct rdb_json_span key;
	int rc;

	if (!filling->key[0])
		decide_key(filling, piece);
	if (filling->waits)
		return 0;
	rc = rdb_documents_check(piece, filling->key, &key, err);
	if (rc == 0)
		rc = make_target(filling, err);
	if (rc == 0)
		rc = rdb_insert_add(filling->insert, piece, rdb_hash_shard(key), err);
	filling->sent += rc == 0;
	return rc;
}

static int take_all(struct rdb_filling *filling, const char *data, size_t len, struct rdb_err *err)
{
	struct rdb_json_piece piece;
	int rc;

	rdb_documents_feed(&filling->documents, data, len);
	while ((rc = rdb_documents_next(&filling->documents, &piece, err)) == 1) {
		rc = take(filling, &piece, err);
		if (rc != 0 || filling->waits)
			return rc;
		if (atomic_load(filling->stop))
			return rdb_err_set(err, ECANCELED, "cancelled");
	}
	return rc;
}

static int to_disk(struct rdb_filling *filling, struct rdb_err *err)
{
	int rc;

	if (filling->spooled)
		return 0;
	rc = rdb_spooled_create(filling->options->policy.spool_dir, &filling->spooled, err);
	if (rc == 0)
		rc = rdb_spooled_write(
			filling->spooled, filling->head.data, filling->head.len, err);
	rdb_buf_free(&filling->head);
	return rc;
}

/* Keeps what came while the key is not known. */
static int keep(struct rdb_filling *filling, const char *data, size_t len, struct rdb_err *err)
{
	int rc;

	if (!filling->spooled && !filling->waits && filling->head.len + len <= HEAD_MAX)
		return rdb_buf_add(&filling->head, data, len) == 0
			       ? 0
			       : rdb_err_sys(err, ENOMEM, "documents");
	rc = to_disk(filling, err);
	return rc ? rc : rdb_spooled_write(filling->spooled, data, len, err);
}

int rdb_filling_feed(struct rdb_filling *filling, const char *data, size_t len, struct rdb_err *err)
{
	int rc = filling->key[0] && !filling->waits ? 0 : keep(filling, data, len, err);

	if (rc != 0 || filling->waits)
		return rc;
	rc = take_all(filling, data, len, err);
	return rc == 0 && filling->waits ? to_disk(filling, err) : rc;
}

/* The documents that waited, now that their key is known. */
static int replay(struct rdb_filling *filling, struct rdb_err *err)
{
	char *buf = malloc(REPLAY);
	ssize_t len;
	int rc;

	if (!buf)
		return rdb_err_sys(err, ENOMEM, "documents");
	rdb_documents_free(&filling->documents);
	rc = rdb_documents_init(&filling->documents, delimiter(filling->options), err);
	filling->waits = false;
	while (rc == 0 && (len = rdb_spooled_read(filling->spooled, buf, REPLAY, err)) != 0)
		rc = len < 0 ? (int)len : take_all(filling, buf, (size_t)len, err);
	free(buf);
	forget_head(filling);
	return rc;
}

static int end_documents(struct rdb_filling *filling, struct rdb_err *err)
{
	struct rdb_json_piece piece;
	int rc = rdb_documents_end(&filling->documents, &piece, err);

	if (rc == 1)
		rc = take(filling, &piece, err);
	if (rc != 0 || filling->waits)
		return rc ? rc : to_disk(filling, err);
	filling->counted = true;
	rdb_job_table_total(filling->job, filling->number, (int64_t)filling->sent);
	return 0;
}

/* ---- another primary key ---- */

/* Documents that lack the key would be given one. */
static int check_key(struct rdb_filling *filling, const char *from, struct rdb_err *err)
{
	const char *key = filling->info->primary_key;
	struct rdb_buf query = {0};
	json_t *count = NULL;
	int rc = rdb_query_count_without(&query, filling->options->db, from, key);

	rc = rc ? rdb_err_sys(err, -rc, "query")
		: rdb_client_value(&filling->client, &query, &count, NULL, err);
	if (rc == 0 && json_number_value(count) != 0)
		rc = rdb_err_set(err, EINVAL,
			"%.0f documents have no primary key \"%s\", which the .info names",
			json_number_value(count), key);
	json_decref(count);
	rdb_buf_free(&query);
	return rc;
}

/* INSERT of the one table into the other, by the cluster. An equal document counts as there, so
 * that it may be asked twice. */
static int copy_table(
	struct rdb_filling *filling, const char *from, const char *to, struct rdb_err *err)
{
	const struct rdb_query_insert how = {.conflict = RDB_CONFLICT_SAME};
	struct rdb_buf query = {0};
	json_t *result = NULL;
	int rc = rdb_query_insert_begin(&query, filling->options->db, to);

	if (rc == 0)
		rc = rdb_term_format(&query, "%t", filling->options->db, from);
	if (rc == 0)
		rc = rdb_query_insert_end(&query, &how);
	rc = rc ? rdb_err_sys(err, -rc, "query")
		: rdb_client_value(&filling->client, &query, &result, NULL, err);
	if (rc == 0 && json_integer_value(json_object_get(result, "errors")) != 0)
		rc = rdb_err_set(err, EINVAL, "filling it by the primary key \"%s\": %s",
			filling->info->primary_key,
			json_string_value(json_object_get(result, "first_error")));
	json_decref(result);
	rdb_buf_free(&query);
	return rc;
}

static int check_counts(
	struct rdb_filling *filling, const char *from, const char *to, struct rdb_err *err)
{
	int64_t had, has;
	int rc = rdb_table_count(&filling->client, filling->options->db, from, &had, err);

	if (rc == 0)
		rc = rdb_table_count(&filling->client, filling->options->db, to, &has, err);
	if (rc == 0 && had != has)
		rc = rdb_err_set(err, EINVAL,
			"by the primary key \"%s\" only %" PRId64 " of %" PRId64
			" documents differ",
			filling->info->primary_key, has, had);
	return rc;
}

/* 1: the server may have died since the copy, and lost some of it. */
static int sync_once(struct rdb_filling *filling, const char *name, struct rdb_err *err)
{
	struct rdb_back_off *back_off = &filling->client.back_off;
	const int ms = back_off->ms;
	int rc;

	back_off->ms = 0;
	rc = RDB_CLIENT_RUN(
		&filling->client, NULL, err, rdb_query_sync, filling->options->db, name);
	back_off->ms = ms;
	rdb_back_off_reset(back_off);
	if (rc == 0 || rdb_retry_of(rc) == RDB_RETRY_NEVER)
		return rc;
	rc = rdb_back_off_wait(back_off, rc, err);
	return rc ? rc : 1;
}

static int copy_to_disk(
	struct rdb_filling *filling, const char *from, const char *to, struct rdb_err *err)
{
	int rc;

	do {
		rc = copy_table(filling, from, to, err);
		if (rc == 0)
			rc = sync_once(filling, to, err);
	} while (rc == 1);
	return rc;
}

/* A new table, filled from the present one, with the key that the .info names. */
static int fill_by_key(struct rdb_filling *filling, const char *from, struct rdb_staging *other,
	struct rdb_err *err)
{
	int rc = check_key(filling, from, err);

	tell_phase(filling, "filling it by its other primary key");
	if (rc == 0)
		rc = make(filling, other, filling->info->primary_key, err);
	if (rc == 0)
		rc = copy_to_disk(filling, from, other->name, err);
	return rc ? rc : check_counts(filling, from, other->name, err);
}

static bool has_other_key(const struct rdb_filling *filling)
{
	return filling->info && filling->info->primary_key[0] &&
	       strcmp(filling->info->primary_key, filling->key) != 0;
}

static int change_key(struct rdb_filling *filling, struct rdb_err *err)
{
	struct rdb_staging other = {
		.db = filling->options->db,
		.table = filling->options->table,
		.job = filling->job,
	};
	struct rdb_staging first;
	int rc;

	if (merges(filling))
		return refuse_key(filling, filling->info->primary_key, err);
	if (filling->staging.in_place)
		return rdb_err_set(err, EINVAL,
			"the .info names the primary key \"%s\", the table was filled by \"%s\", "
			"and tables may not be renamed: copy the .info first",
			filling->info->primary_key, filling->key);
	rc = fill_by_key(filling, target(filling), &other, err);
	if (rc != 0) {
		drop_failed(filling, &other);
		rdb_staging_free(&other);
		return rc;
	}
	first = filling->staging;
	filling->staging = other;
	filling->staging.made_db = first.made_db;
	strcpy(filling->key, filling->info->primary_key);
	first.made_db = false;
	if (first.name && rdb_staging_drop(&first, &filling->client, err) != 0) {
		warn(filling, "a table could not be dropped", err->text);
		rdb_err_clear(err);
	}
	rdb_staging_free(&first);
	return 0;
}

/* ---- the end ---- */

static int verify(struct rdb_filling *filling, struct rdb_err *err)
{
	int64_t count;
	int rc;

	if (merges(filling))
		return 0;
	tell_phase(filling, "counting");
	rc = rdb_table_count(&filling->client, filling->options->db, target(filling), &count, err);
	if (rc == 0 && (uint64_t)count != filling->sent)
		rc = rdb_err_set(err, EIO,
			"%" PRIu64 " documents were sent and acknowledged, and the table has "
			"%" PRId64,
			filling->sent, count);
	return rc;
}

/* What stays behind for people is told in any case: the error may become "cancelled". */
static int rename_staged(struct rdb_filling *filling, const char *instead, struct rdb_err *err)
{
	int rc = rdb_staging_publish(&filling->staging, &filling->client, instead, err);

	if (rc != 0 && !filling->staging.name)
		warn(filling, "a table stays for you to look at", err->text);
	return rc;
}

static int publish(struct rdb_filling *filling, struct rdb_err *err)
{
	int rc;

	if (merges(filling)) {
		memcpy(filling->id, filling->there.id, sizeof(filling->id));
		return 0;
	}
	tell_phase(filling, "renaming");
	memcpy(filling->id, filling->staging.id, sizeof(filling->id));
	rc = rename_staged(filling, filling->there.exists ? filling->there.id : NULL, err);
	if (rc != 0)
		filling->id[0] = '\0';
	return rc;
}

static int complete(struct rdb_filling *filling, struct rdb_err *err)
{
	int rc;

	if (!filling->key[0])
		strcpy(filling->key, likely_key(filling));
	rc = make_target(filling, err);
	if (rc == 0) {
		tell_phase(filling, "writing to disk");
		rc = rdb_insert_flush(filling->insert, err);
	}
	rdb_insert_free(filling->insert);
	filling->insert = NULL;
	if (rc == 0 && has_other_key(filling))
		rc = change_key(filling, err);
	if (rc == 0)
		rc = apply_info(filling, target(filling), merges(filling), err);
	return rc ? rc : verify(filling, err);
}

/* The .info came when all else was done. */
static int finish_late(struct rdb_filling *filling, struct rdb_err *err)
{
	struct rdb_table_state state;
	const char *table = filling->options->table;
	int rc = rdb_table_look(&filling->client, filling->options->db, table, &state, err);

	if (rc == 0 && !state.exists)
		return rdb_err_set(err, ENOENT, "it has been dropped or renamed meanwhile");
	if (rc == 0 && strcmp(state.id, filling->id) != 0)
		return rdb_err_set(err, EEXIST,
			"it has been dropped or renamed meanwhile, and another table has its name");
	if (rc != 0 || !filling->info)
		return rc;
	if (!has_other_key(filling))
		return apply_info(filling, table, true, err);
	warn(filling,
		"it could be seen before its primary key was known and is filled again: what "
		"somebody "
		"writes into it meanwhile is lost",
		"");
	rc = change_key(filling, err);
	if (rc == 0)
		rc = apply_info(filling, target(filling), false, err);
	if (rc != 0)
		return rc;
	memcpy(filling->id, filling->staging.id, sizeof(filling->id));
	return rename_staged(filling, state.id, err);
}

static int get_ready(struct rdb_filling *filling, struct rdb_err *err)
{
	int rc = 0;

	if (filling->ready)
		return 0;
	if (filling->waits && !filling->key[0])
		return 1;
	if (filling->waits)
		rc = replay(filling, err);
	if (rc == 0)
		rc = end_documents(filling, err);
	if (rc == 0 && filling->waits)
		return 1;
	if (rc == 0)
		rc = complete(filling, err);
	filling->ready = rc == 0;
	return rc;
}

int rdb_filling_prepare(struct rdb_filling *filling, struct rdb_err *err)
{
	int rc = get_ready(filling, err);

	if (rc == 0)
		tell_phase(filling, "complete, waits for its name");
	rdb_client_close(&filling->client);
	return rc;
}

int rdb_filling_finish(struct rdb_filling *filling, struct rdb_err *err)
{
	bool late = filling->id[0];
	int rc = late ? 0 : get_ready(filling, err);

	if (rc == 0 && !late) {
		rc = publish(filling, err);
		late = filling->informed;
	}
	if (rc == 0 && late)
		rc = finish_late(filling, err);
	rdb_client_close(&filling->client);
	return rc;
}

void rdb_filling_drop(struct rdb_filling *filling)
{
	rdb_insert_free(filling->insert);
	filling->insert = NULL;
	forget_head(filling);
	rdb_client_close(&filling->client);
	drop_failed(filling, &filling->staging);
}
