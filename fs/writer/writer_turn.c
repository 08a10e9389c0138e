#include "writer/writer_private.h"

#include "base/array.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* ---- pieces that wait ---- */

static void release_piece(struct rdb_writer *writer, struct rdb_piece *piece)
{
	if (piece->len == 0)
		return;
	rdb_spool_release(writer->spool, piece->at, piece->len);
	pthread_mutex_lock(&writer->lock);
	writer->totals.waiting -= piece->len;
	pthread_mutex_unlock(&writer->lock);
	piece->len = 0;
}

void rdb_wtable_drop_pieces(struct rdb_wtable *table)
{
	for (size_t i = 0; i < table->piece_count; i++)
		release_piece(table->writer, &table->pieces[i]);
}

static int copy_pieces(struct rdb_wtable *table, struct rdb_err *err)
{
	struct rdb_writer *writer = table->writer;
	int spool = rdb_spool_fd(writer->spool), ret = 0;

	for (size_t i = 0; i < table->piece_count && ret == 0; i++) {
		ret = rdb_trunk_append_piece(writer->trunk, spool, &table->pieces[i], err);
		release_piece(writer, &table->pieces[i]);
	}
	return ret;
}

static int wait_span(
	struct rdb_wtable *table, const struct rdb_deflate_span *span, struct rdb_err *err)
{
	struct rdb_writer *writer = table->writer;
	struct rdb_piece *piece;
	int ret;

	if (rdb_array_grow(&table->pieces, &table->piece_cap, table->piece_count, sizeof(*piece)))
		return rdb_writer_out_of_memory(err);
	piece = &table->pieces[table->piece_count];
	piece->len = (uint32_t)span->len;
	piece->text_len = (uint32_t)span->text_len;
	piece->crc = span->crc;
	ret = rdb_spool_add(writer->spool, span->data, span->len, &piece->at, err);
	table->piece_count++; /* also a piece that failed holds its room */
	pthread_mutex_lock(&writer->lock);
	writer->totals.waiting += span->len;
	pthread_mutex_unlock(&writer->lock);
	return ret;
}

/* ---- a table in the archive: every function here is for who owns the trunk ---- */

static int append_info(struct rdb_wtable *table, struct rdb_err *err)
{
	char name[PATH_MAX];
	struct rdb_embed_member info = {
		.name = name,
		.size = strlen(table->info),
		.mtime = table->started,
		.documents = -1,
	};

	snprintf(name, sizeof(name), "%s.info", table->name);
	return rdb_trunk_add_member(table->writer->trunk, &info, table->info, err);
}

/* The table's turn: its .info, and the header of its .json with what is known so far. */
static int open_table(struct rdb_wtable *table, uint64_t size, int64_t mtime, struct rdb_err *err)
{
	struct rdb_trunk *trunk = table->writer->trunk;
	char name[PATH_MAX];
	struct rdb_embed_member json = {.name = name, .size = size, .mtime = mtime};
	int ret;

	snprintf(name, sizeof(name), "%s.json", table->name);
	ret = rdb_trunk_mark(trunk, &table->start, err);
	if (ret == 0)
		ret = append_info(table, err);
	return ret ? ret : rdb_trunk_open_member(trunk, &json, err);
}

/* All text is there, and its size known. */
static int close_table(struct rdb_wtable *table, bool fill_in, struct rdb_err *err)
{
	char name[PATH_MAX];
	struct rdb_embed_member json = {
		.name = name,
		.size = table->size,
		.mtime = table->ended,
		.documents = table->documents,
	};

	snprintf(name, sizeof(name), "%s.json", table->name);
	return rdb_trunk_close_member(table->writer->trunk, &json, fill_in, err);
}

/* A small table: its .info and its .json, of which all is known. */
static int pack_table(struct rdb_wtable *table, struct rdb_err *err)
{
	struct rdb_trunk *trunk = table->writer->trunk;
	char name[PATH_MAX];
	struct rdb_embed_member member = {
		.name = name,
		.size = strlen(table->info),
		.mtime = table->started,
		.documents = -1,
	};
	int ret;

	snprintf(name, sizeof(name), "%s.info", table->name);
	ret = rdb_trunk_pack_member(trunk, &member, table->info, err);
	if (ret != 0)
		return ret;
	snprintf(name, sizeof(name), "%s.json", table->name);
	member.size = table->size;
	member.mtime = table->ended;
	member.documents = table->documents;
	return rdb_trunk_pack_member(trunk, &member, table->text, err);
}

/* Copies a table that ended while it waited. */
static int copy_table(struct rdb_wtable *table, struct rdb_err *err)
{
	if (table->text)
		return pack_table(table, err);
	int ret = open_table(table, table->size, table->ended, err);

	if (ret == 0)
		ret = copy_pieces(table, err);
	if (ret == 0)
		ret = close_table(table, false, err);
	return ret;
}

/* ---- whose turn it is ---- */

/* The next table that is to be copied, for who owns the trunk; NULL: it is nobody's from now on. */
static struct rdb_wtable *next_ended(struct rdb_writer *writer)
{
	struct rdb_wtable *table;

	pthread_mutex_lock(&writer->lock);
	table = writer->error.code ? NULL : writer->ended;
	if (table) {
		writer->ended = table->next;
		if (!writer->ended)
			writer->last_ended = &writer->ended;
	} else {
		writer->busy = false;
	}
	pthread_mutex_unlock(&writer->lock);
	return table;
}

/* For who owns the trunk and has no more use for it: copies what waits, and lets go of it. */
static int let_go(struct rdb_writer *writer, struct rdb_err *err)
{
	struct rdb_wtable *table;
	struct rdb_err own = {0};
	int ret = 0;

	while ((table = next_ended(writer))) {
		ret = copy_table(table, &own);
		if (ret != 0) {
			rdb_writer_failed(writer, &own);
			if (err)
				*err = own;
		}
		rdb_wtable_free(table);
	}
	return ret;
}

/* Takes the trunk for a table that has text to write, if it is free and this one's turn. Once
 * there is an error, whoever aborts may be freeing the others. */
static bool take_turn(struct rdb_wtable *table)
{
	struct rdb_writer *writer = table->writer;
	bool mine;

	pthread_mutex_lock(&writer->lock);
	mine = !writer->busy && !writer->error.code && rdb_trunk_can_fill_in(writer->trunk);
	for (struct rdb_wtable *other = writer->open; other && mine; other = other->next)
		mine = table->ending || other->estimate <= table->estimate;
	if (mine)
		writer->busy = true;
	pthread_mutex_unlock(&writer->lock);
	return mine;
}

static int go_straight(struct rdb_wtable *table, struct rdb_err *err)
{
	int ret;

	table->place = RDB_WTABLE_STRAIGHT;
	ret = open_table(table, 0, table->started, err);
	return ret ? ret : copy_pieces(table, err);
}

/* Runs on a thread that compresses, one at a time for a table. */
int rdb_wtable_deliver(void *arg, const struct rdb_deflate_span *span, struct rdb_err *err)
{
	struct rdb_wtable *table = arg;
	int ret = rdb_writer_check(table->writer, err);

	if (ret == 0 && table->place == RDB_WTABLE_WAITS && take_turn(table))
		ret = go_straight(table, err);
	if (ret == 0 && table->place == RDB_WTABLE_STRAIGHT)
		ret = rdb_trunk_append(table->writer->trunk, span, err);
	else if (ret == 0)
		ret = wait_span(table, span, err);
	return ret ? rdb_writer_failed(table->writer, err) : 0;
}

/* ---- its end ---- */

/* A table that waited: it joins those that are to be copied, and is, if nobody else does it. */
static int end_waiting(struct rdb_wtable *table, struct rdb_err *err)
{
	struct rdb_writer *writer = table->writer;
	bool mine;

	rdb_deflate_close(table->stream);
	table->stream = NULL;
	pthread_mutex_lock(&writer->lock);
	*writer->last_ended = table;
	writer->last_ended = &table->next;
	mine = !writer->busy;
	writer->busy = true;
	pthread_mutex_unlock(&writer->lock);
	return mine ? let_go(writer, err) : 0;
}

static int end_straight(struct rdb_wtable *table, struct rdb_err *err)
{
	struct rdb_writer *writer = table->writer;
	struct rdb_err own = {0};
	int ret = close_table(table, true, &own);

	if (ret != 0) {
		rdb_writer_failed(writer, &own);
		if (err)
			*err = own;
	}
	rdb_wtable_free(table);
	return ret ? ret : let_go(writer, err);
}

int rdb_wtable_settle(struct rdb_wtable *table, struct rdb_err *err)
{
	return table->place == RDB_WTABLE_STRAIGHT ? end_straight(table, err)
						   : end_waiting(table, err);
}

void rdb_wtable_withdraw(struct rdb_wtable *table)
{
	struct rdb_writer *writer = table->writer;
	struct rdb_err err = {0};

	if (table->place == RDB_WTABLE_STRAIGHT && rdb_writer_check(writer, NULL) == 0) {
		if (rdb_trunk_take_back(writer->trunk, &table->start, &err) != 0)
			rdb_writer_failed(writer, &err);
		let_go(writer, NULL);
	}
	rdb_wtable_free(table);
}
