#include "restore/restore_table_private.h"

#include "json/key.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_MAX ((size_t)4 << 20) /* limit on bytes in memory while the key is unknown */
#define REPLAY ((size_t)256 << 10) /* bytes per read of documents kept on disk */

int rdb_restore_documents_init(struct rdb_restore_table *table, struct rdb_err *err)
{
	const bool csv = table->options.format == RDB_RESTORE_CSV;

	return rdb_documents_init(
		&table->documents, csv ? table->options.policy.delimiter : '\0', err);
}

void rdb_restore_documents_forget(struct rdb_restore_table *table)
{
	rdb_buf_free(&table->head);
	rdb_spooled_free(table->spooled);
	table->spooled = NULL;
}

void rdb_restore_documents_free(struct rdb_restore_table *table)
{
	rdb_documents_free(&table->documents);
	table->documents = (struct rdb_documents){0};
	rdb_restore_sync_free(table);
	rdb_restore_documents_forget(table);
}

/* ---- the primary key ---- */

const char *rdb_restore_documents_key(const struct rdb_restore_table *table)
{
	return rdb_restore_table_replaces(table) && table->there.exists ? table->there.primary_key
									: "id";
}

static void decide_key(struct rdb_restore_table *table, const struct rdb_json_piece *piece)
{
	const char *key = rdb_restore_documents_key(table);
	struct rdb_json_span value;

	if (rdb_json_key(piece->data, piece->len, key, &value) != -ENOENT) {
		strcpy(table->key, key);
		table->state = RDB_RESTORE_FILLING;
		rdb_restore_documents_forget(table);
		return;
	}
	table->state = RDB_RESTORE_HELD;
	snprintf(table->lacks, sizeof(table->lacks), "%s", key);
	if (rdb_restore_table_replaces(table))
		rdb_restore_table_warn(table,
			"its documents wait for their .info: the first one lacks the primary key "
			"of the table that is replaced",
			key);
}

/* ---- sending documents ---- */

static int insert_one(struct rdb_restore_table *table, const struct rdb_json_piece *piece,
	struct rdb_json_span key, struct rdb_err *err)
{
	int ret = rdb_restore_target_make(table, err);

	return ret ? ret : rdb_insert_add(table->insert, piece, rdb_hash_shard(key), err);
}

static int send_one(
	struct rdb_restore_table *table, const struct rdb_json_piece *piece, struct rdb_err *err)
{
	struct rdb_json_span key;
	int ret;

	if (table->state == RDB_RESTORE_KEYLESS)
		decide_key(table, piece);
	if (table->state == RDB_RESTORE_HELD)
		return 0;
	ret = rdb_documents_check(piece, table->key, &key, err);
	if (ret == 0 && rdb_restore_table_syncs(table))
		ret = rdb_restore_sync_add(table, piece, err);
	else if (ret == 0)
		ret = insert_one(table, piece, key, err);
	table->sent += ret == 0;
	return ret;
}

static int send_all(
	struct rdb_restore_table *table, const char *data, size_t len, struct rdb_err *err)
{
	struct rdb_json_piece piece;
	int ret;

	rdb_documents_feed(&table->documents, data, len);
	while ((ret = rdb_documents_next(&table->documents, &piece, err)) == 1) {
		ret = send_one(table, &piece, err);
		if (ret != 0 || table->state == RDB_RESTORE_HELD)
			return ret;
		if (atomic_load(&table->stop))
			return rdb_err_set(err, ECANCELED, "cancelled");
	}
	return ret;
}

/* ---- keeping documents ---- */

static int to_disk(struct rdb_restore_table *table, struct rdb_err *err)
{
	int ret;

	if (table->spooled)
		return 0;
	ret = rdb_spooled_create(table->options.policy.spool_dir, &table->spooled, err);
	if (ret == 0)
		ret = rdb_spooled_write(table->spooled, table->head.data, table->head.len, err);
	rdb_buf_free(&table->head);
	return ret;
}

/* Keeps "data", the next bytes of the table's documents, in memory or on disk until the table's
 * primary key is known. */
static int keep(struct rdb_restore_table *table, const char *data, size_t len, struct rdb_err *err)
{
	int ret;

	if (!table->spooled && table->state == RDB_RESTORE_KEYLESS &&
		table->head.len + len <= HEAD_MAX)
		return rdb_buf_add(&table->head, data, len) == 0
			       ? 0
			       : rdb_err_sys(err, ENOMEM, "documents");
	ret = to_disk(table, err);
	return ret ? ret : rdb_spooled_write(table->spooled, data, len, err);
}

int rdb_restore_documents_feed(
	struct rdb_restore_table *table, const char *data, size_t len, struct rdb_err *err)
{
	int ret = table->state == RDB_RESTORE_FILLING ? 0 : keep(table, data, len, err);

	if (ret != 0 || table->state == RDB_RESTORE_HELD || table->state == RDB_RESTORE_RELEASED)
		return ret;
	ret = send_all(table, data, len, err);
	return ret == 0 && table->state == RDB_RESTORE_HELD ? to_disk(table, err) : ret;
}

static int replay_spooled(struct rdb_restore_table *table, char *buf, struct rdb_err *err)
{
	ssize_t len;
	int ret = 0;

	while (ret == 0 && (len = rdb_spooled_read(table->spooled, buf, REPLAY, err)) != 0)
		ret = len < 0 ? (int)len : send_all(table, buf, (size_t)len, err);
	return ret;
}

static int replay(struct rdb_restore_table *table, struct rdb_err *err)
{
	char *buf = malloc(REPLAY);
	int ret;

	if (!buf)
		return rdb_err_sys(err, ENOMEM, "documents");
	rdb_documents_free(&table->documents);
	ret = rdb_restore_documents_init(table, err);
	table->state = RDB_RESTORE_FILLING;
	if (ret == 0)
		ret = replay_spooled(table, buf, err);
	free(buf);
	rdb_restore_documents_forget(table);
	return ret;
}

/* ---- the end ---- */

/* Returns true if the file has no documents, and no .info file confirms an empty table. A failed
 * program may have left the file empty. */
static bool is_doubtful(const struct rdb_restore_table *table)
{
	return !table->info && rdb_documents_are_blank(&table->documents);
}

static int end_last(struct rdb_restore_table *table, struct rdb_err *err)
{
	struct rdb_json_piece piece;
	int ret;

	rdb_documents_accept_blank(&table->documents, table->blank);
	ret = rdb_documents_end(&table->documents, &piece, err);
	if (ret == 1)
		ret = send_one(table, &piece, err);
	if (ret != 0)
		return ret;
	if (is_doubtful(table) && table->there.exists)
		return rdb_existing_refuse_blank(err);
	if (is_doubtful(table) && table->options.blank_needs_info)
		table->state = RDB_RESTORE_HELD;
	if (table->state == RDB_RESTORE_HELD)
		return to_disk(table, err);
	rdb_job_table_total(table->job, table->number, (int64_t)table->sent);
	return 0;
}

int rdb_restore_documents_end(struct rdb_restore_table *table, struct rdb_err *err)
{
	int ret = 0;

	if (table->state == RDB_RESTORE_HELD)
		return 0;
	if (table->state == RDB_RESTORE_RELEASED)
		ret = replay(table, err);
	return ret ? ret : end_last(table, err);
}
