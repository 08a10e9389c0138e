#include "writer/writer_private.h"

#include "base/array.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* ---- pieces in the spool ---- */

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
	int ret = 0;

	for (size_t i = 0; i < table->piece_count && ret == 0; i++) {
		ret = rdb_trunk_append_piece(
			table->turn->trunk, rdb_spool_fd(writer->spool), &table->pieces[i], err);
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

	if (!writer->spool) {
		*err = writer->spool_error;
		return -err->code;
	}
	if (rdb_array_grow(&table->pieces, &table->piece_cap, table->piece_count, sizeof(*piece)))
		return rdb_writer_out_of_memory(err);
	piece = &table->pieces[table->piece_count];
	piece->len = (uint32_t)span->len;
	piece->text_len = (uint32_t)span->text_len;
	piece->crc = span->crc;
	ret = rdb_spool_add(writer->spool, span->data, span->len, &piece->at, err);
	table->piece_count++; /* a failed piece counts too, because it uses space in the spool */
	pthread_mutex_lock(&writer->lock);
	writer->totals.waiting += span->len;
	pthread_mutex_unlock(&writer->lock);
	return ret;
}

/* ---- writing a table to a trunk; the caller owns the turn ---- */

static struct rdb_embed_member info_member(const struct rdb_wtable *table, char name[PATH_MAX])
{
	snprintf(name, PATH_MAX, "%s.info", table->name);
	return (struct rdb_embed_member){
		.name = name,
		.size = strlen(table->info),
		.mtime = table->started,
		.documents = -1,
	};
}

/* Returns the description of the table's .json member. Stores the member's name in "name". Called
 * only after the member's text is complete, because table->size increases until the text is
 * complete. */
static struct rdb_embed_member json_member(const struct rdb_wtable *table, char name[PATH_MAX])
{
	snprintf(name, PATH_MAX, "%s.json", table->name);
	return (struct rdb_embed_member){
		.name = name,
		.size = table->size,
		.mtime = table->ended,
		.documents = table->documents,
	};
}

/* Appends the table's .info member to the archive, and opens the table's .json member. If "size" is
 * 0 (unknown), close_table() later corrects the header. */
static int open_table(struct rdb_wtable *table, uint64_t size, int64_t mtime, struct rdb_err *err)
{
	struct rdb_trunk *trunk = table->turn->trunk;
	char info_name[PATH_MAX], json_name[PATH_MAX];
	const struct rdb_embed_member info = info_member(table, info_name);
	const struct rdb_embed_member json = {.name = json_name, .size = size, .mtime = mtime};
	int ret = rdb_trunk_mark(trunk, &table->start, err);

	snprintf(json_name, PATH_MAX, "%s.json", table->name);
	if (ret == 0)
		ret = rdb_trunk_add_member(trunk, &info, table->info, err);
	return ret ? ret : rdb_trunk_open_member(trunk, &json, err);
}

static int close_table(struct rdb_wtable *table, bool fill_in, struct rdb_err *err)
{
	char name[PATH_MAX];
	const struct rdb_embed_member json = json_member(table, name);

	return rdb_trunk_close_member(table->turn->trunk, &json, fill_in, err);
}

static int pack_table(struct rdb_wtable *table, struct rdb_err *err)
{
	struct rdb_trunk *trunk = table->turn->trunk;
	char name[PATH_MAX];
	struct rdb_embed_member member = info_member(table, name);
	int ret = rdb_trunk_pack_member(trunk, &member, table->info, err);

	member = json_member(table, name);
	return ret ? ret : rdb_trunk_pack_member(trunk, &member, table->text, err);
}

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

/* ---- which table is written directly to the archive ---- */

/* Removes the first table from the queue writer->ended, and returns the table. If the queue is
 * empty or the writer has failed, releases the turn and returns NULL. */
static struct rdb_wtable *next_ended(struct rdb_writer *writer, struct rdb_turn *turn)
{
	struct rdb_wtable *table;

	pthread_mutex_lock(&writer->lock);
	table = writer->error.code ? NULL : TAILQ_FIRST(&writer->ended);
	if (table)
		TAILQ_REMOVE(&writer->ended, table, link);
	else
		turn->busy = false;
	pthread_mutex_unlock(&writer->lock);
	return table;
}

/* Copies the tables in writer->ended to the archive, and releases the turn (the right to write).
 * Stops copying at the first error. "err" may be NULL. */
static int let_go(struct rdb_writer *writer, struct rdb_turn *turn, struct rdb_err *err)
{
	struct rdb_wtable *table;
	struct rdb_err own = {0};
	int ret = 0;

	while ((table = next_ended(writer, turn))) {
		table->turn = turn;
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

/* Returns a turn (the right to write to a part of the archive) that no table owns, or NULL if no
 * turn is free. The caller holds writer->lock. */
static struct rdb_turn *free_turn(struct rdb_writer *writer)
{
	for (unsigned i = 0; i < writer->turn_count; i++)
		if (writer->turns[i].trunk && !writer->turns[i].busy)
			return &writer->turns[i];
	return NULL;
}

/* Returns true if the table may receive the next turn (the right to write): the table is being
 * ended, or no other open table has a larger estimated size. The caller holds the writer's lock. */
static bool is_first(const struct rdb_wtable *table)
{
	const struct rdb_wtable *other;
	bool first = true;

	TAILQ_FOREACH(other, &table->writer->open, link)
	first &= table->ending || other->estimate <= table->estimate;
	return first;
}

/* Opens a new branch of the archive, and returns the branch's turn (the right to write to the
 * branch). The caller owns the turn. Returns NULL if no branch can be opened. */
static struct rdb_turn *open_branch(struct rdb_writer *writer)
{
	struct rdb_trunk *trunk = NULL;
	struct rdb_turn *turn = NULL;

	if (rdb_trunk_branch(writer->turns[0].trunk, &trunk, NULL) != 0)
		trunk = NULL;
	pthread_mutex_lock(&writer->lock);
	if (trunk && writer->turn_count < RDB_WRITER_TRUNKS) {
		turn = &writer->turns[writer->turn_count++];
		*turn = (struct rdb_turn){.trunk = trunk, .busy = true};
		trunk = NULL;
	} else {
		writer->all_branched = true;
	}
	pthread_mutex_unlock(&writer->lock);
	rdb_trunk_destroy(trunk);
	return turn;
}

/* Returns a turn, the right to write the table's text to the archive. If no turn is available,
 * returns NULL, and the caller writes the text to the spool (a temporary file). */
static struct rdb_turn *acquire_turn(struct rdb_wtable *table)
{
	struct rdb_writer *writer = table->writer;
	struct rdb_turn *turn = NULL;
	bool may_branch = false;

	pthread_mutex_lock(&writer->lock);
	/* If writer->error is set, do not call is_first() below. is_first() reads the list of open
	 * tables, and rdb_writer_abort() may already have freed these tables. */
	if (!writer->error.code && rdb_trunk_can_fill_in(writer->turns[0].trunk)) {
		may_branch = !writer->all_branched;
		if (may_branch || writer->turn_count > 1 || is_first(table))
			turn = free_turn(writer);
	}
	if (turn)
		turn->busy = true;
	pthread_mutex_unlock(&writer->lock);
	return turn || !may_branch ? turn : open_branch(writer);
}

static int go_straight(struct rdb_wtable *table, struct rdb_err *err)
{
	int ret = open_table(table, 0, table->started, err);

	return ret ? ret : copy_pieces(table, err);
}

int rdb_wtable_deliver(void *arg, const struct rdb_deflate_span *span, struct rdb_err *err)
{
	struct rdb_wtable *table = arg;
	int ret = rdb_writer_check(table->writer, err);

	if (ret == 0 && !table->turn && (table->turn = acquire_turn(table)))
		ret = go_straight(table, err);
	if (ret == 0 && table->turn)
		ret = rdb_trunk_append(table->turn->trunk, span, err);
	else if (ret == 0)
		ret = wait_span(table, span, err);
	return ret ? rdb_writer_failed(table->writer, err) : 0;
}

/* ---- ending a table ---- */

static int end_waiting(struct rdb_wtable *table, struct rdb_err *err)
{
	struct rdb_writer *writer = table->writer;
	struct rdb_turn *turn;

	rdb_deflate_close(table->stream);
	table->stream = NULL;
	pthread_mutex_lock(&writer->lock);
	TAILQ_INSERT_TAIL(&writer->ended, table, link);
	turn = free_turn(writer);
	if (turn)
		turn->busy = true;
	pthread_mutex_unlock(&writer->lock);
	return turn ? let_go(writer, turn, err) : 0;
}

static int end_straight(struct rdb_wtable *table, struct rdb_err *err)
{
	struct rdb_writer *writer = table->writer;
	struct rdb_turn *turn = table->turn;
	struct rdb_err own = {0};
	int ret = close_table(table, true, &own);

	if (ret != 0) {
		rdb_writer_failed(writer, &own);
		if (err)
			*err = own;
	}
	rdb_wtable_free(table);
	return ret ? ret : let_go(writer, turn, err);
}

int rdb_wtable_end_content(struct rdb_wtable *table, struct rdb_err *err)
{
	return table->turn ? end_straight(table, err) : end_waiting(table, err);
}

void rdb_wtable_withdraw(struct rdb_wtable *table)
{
	struct rdb_writer *writer = table->writer;
	struct rdb_err err = {0};

	if (table->turn && rdb_writer_check(writer, NULL) == 0) {
		if (rdb_trunk_rewind(table->turn->trunk, &table->start, &err) != 0)
			rdb_writer_failed(writer, &err);
		let_go(writer, table->turn, NULL);
	}
	rdb_wtable_free(table);
}
