#include "writer/writer_private.h"

#include "base/formatted.h"
#include "format/tar.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_MAX ((size_t)8 * 1024 * 1024) /* limit on the bytes of small tables in memory */

/* ---- beginning a table ---- */

static int check_names(
	const struct rdb_writer *writer, const char *db, const char *table, struct rdb_err *err)
{
	if (!rdb_writer_name_is_fit(db) || !rdb_writer_name_is_fit(table))
		return rdb_err_set(err, EINVAL, "%s.%s: a file can't have this name", db, table);
	if (strlen(db) > NAME_MAX || strlen(table) > NAME_MAX - strlen(".json") ||
		strlen(writer->top) > NAME_MAX)
		return rdb_err_sys(err, ENAMETOOLONG, "%s.%s", db, table);
	return 0;
}

void rdb_wtable_free(struct rdb_wtable *table)
{
	rdb_deflate_close(table->stream);
	rdb_wtable_drop_pieces(table);
	if (table->text) {
		pthread_mutex_lock(&table->writer->lock);
		table->writer->kept -= table->size;
		pthread_mutex_unlock(&table->writer->lock);
	}
	free(table->text);
	free(table->pieces);
	free(table->name);
	free(table->info);
	free(table);
}

int rdb_writer_table(struct rdb_writer *writer, const char *db, const char *name, const char *info,
	uint64_t estimate, struct rdb_wtable **out, struct rdb_err *err)
{
	struct rdb_deflate_sink sink = {.span = rdb_wtable_deliver};
	struct rdb_wtable *table;
	int ret = rdb_writer_check(writer, err);

	if (ret == 0)
		ret = check_names(writer, db, name, err);
	if (ret != 0)
		return ret;
	table = calloc(1, sizeof(*table));
	if (!table)
		return rdb_writer_out_of_memory(err);
	table->writer = writer;
	table->estimate = estimate;
	table->started = rdb_writer_now(writer);
	table->info = strdup(info);
	sink.arg = table;
	table->name = rdb_formatted("%s/%s", db, name);
	if (!table->info || !table->name ||
		rdb_deflate_open(writer->deflater, &sink, &table->stream, err) != 0) {
		rdb_wtable_free(table);
		return rdb_writer_out_of_memory(err);
	}
	pthread_mutex_lock(&writer->lock);
	TAILQ_INSERT_HEAD(&writer->open, table, link);
	pthread_mutex_unlock(&writer->lock);
	*out = table;
	return 0;
}

/* ---- writing a table ---- */

int rdb_wtable_write(struct rdb_wtable *table, const void *text, size_t len, struct rdb_err *err)
{
	struct rdb_writer *writer = table->writer;
	int ret = rdb_deflate_write(table->stream, text, len, err);

	if (ret != 0)
		return ret;
	table->size += len;
	pthread_mutex_lock(&writer->lock);
	writer->totals.text += len;
	ret = -writer->error.code;
	if (ret != 0 && err)
		*err = writer->error;
	pthread_mutex_unlock(&writer->lock);
	return ret;
}

/* ---- ending a table ---- */

static void remove_open(struct rdb_wtable *table)
{
	struct rdb_writer *writer = table->writer;

	pthread_mutex_lock(&writer->lock);
	TAILQ_REMOVE(&writer->open, table, link);
	pthread_mutex_unlock(&writer->lock);
}

static int finish_text(struct rdb_wtable *table, struct rdb_err *err)
{
	static const char zeros[RDB_TAR_BLOCK];
	int ret;

	pthread_mutex_lock(&table->writer->lock);
	table->ending = true;
	pthread_mutex_unlock(&table->writer->lock);
	ret = rdb_deflate_write(table->stream, zeros, rdb_tar_padding(table->size), err);
	if (ret == 0)
		ret = rdb_deflate_flush(table->stream, err);
	table->ended = rdb_writer_now(table->writer);
	return ret;
}

static bool may_keep(struct rdb_writer *writer, size_t len)
{
	bool may;

	pthread_mutex_lock(&writer->lock);
	may = len <= RDB_WTABLE_SMALL && writer->kept + len <= KEPT_MAX;
	if (may)
		writer->kept += len;
	pthread_mutex_unlock(&writer->lock);
	return may;
}

/* Keeps the text of a small table in memory, so that the texts of several small tables are
 * compressed together. Returns false if the text is too large to be kept, or if memory is
 * exhausted. */
static bool keep_text(struct rdb_wtable *table)
{
	struct rdb_writer *writer = table->writer;
	const void *text;
	size_t len;

	if (!rdb_deflate_peek(table->stream, &text, &len) || !may_keep(writer, len))
		return false;
	table->text = malloc(len + 1);
	if (!table->text) {
		pthread_mutex_lock(&writer->lock);
		writer->kept -= len;
		pthread_mutex_unlock(&writer->lock);
		return false;
	}
	if (len)
		memcpy(table->text, text, len);
	table->ended = rdb_writer_now(writer);
	return true;
}

int rdb_wtable_end(struct rdb_wtable *table, int64_t documents, struct rdb_err *err)
{
	struct rdb_writer *writer = table->writer;
	int ret = keep_text(table) ? 0 : finish_text(table, err);

	if (ret == 0)
		ret = rdb_writer_check(writer, err);
	if (ret != 0) {
		rdb_wtable_abort(table);
		return ret;
	}
	table->documents = documents;
	remove_open(table);
	pthread_mutex_lock(&writer->lock);
	writer->totals.tables++;
	pthread_mutex_unlock(&writer->lock);
	return rdb_wtable_end_content(table, err);
}

void rdb_wtable_abort(struct rdb_wtable *table)
{
	struct rdb_writer *writer;

	if (!table)
		return;
	writer = table->writer;
	rdb_deflate_close(table->stream);
	table->stream = NULL;
	remove_open(table);
	pthread_mutex_lock(&writer->lock);
	writer->totals.text -= table->size;
	pthread_mutex_unlock(&writer->lock);
	rdb_wtable_withdraw(table);
}
