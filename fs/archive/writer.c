#include "archive/writer.h"

#include "archive/embed.h"
#include "archive/output.h"
#include "archive/partial.h"
#include "archive/spool.h"
#include "archive/tar.h"
#include "base/array.h"
#include "gz/deflate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#define CHECKPOINTS_MAX ((size_t)512 * 1024) /* then every other one is dropped */

/* A piece of a table that waits. */
struct piece {
	uint64_t at; /* in the spool */
	uint32_t len;
	uint32_t text_len;
	uint32_t crc;
};

/* A place in the archive that can be gone back to. */
struct mark {
	uint64_t in;   /* bytes of archive */
	uint64_t out;  /* bytes of text */
	uint32_t crc;  /* of the text since the last open header, or since the start */
	uint32_t span; /* of the text since the last checkpoint, or since the open header */
	size_t members;
	size_t checkpoints;
};

enum table_place {
	TABLE_WAITS,    /* its pieces are in the spool */
	TABLE_STRAIGHT, /* it owns the archive; its pieces go there */
};

struct rdb_wtable {
	struct rdb_writer *writer;
	struct rdb_deflate *stream;
	char *name; /* DATABASE/TABLE */
	char *info;
	uint64_t estimate;
	uint64_t size; /* bytes of text, without padding */
	int64_t documents;
	int64_t started; /* seconds */
	int64_t ended;
	/* Used by the thread that delivers, and by the producer when nothing is under way: */
	enum table_place place;
	struct piece *pieces;
	size_t piece_count, piece_cap;
	struct mark start;  /* straight: before its .info */
	struct mark header; /* straight: before its .json's header */
	/* Guarded by the writer's lock: */
	bool ending;
	struct rdb_wtable *next; /* among the open ones, or among those that ended waiting */
};

struct rdb_writer {
	struct rdb_deflater *deflater;
	struct rdb_output *output;
	struct rdb_partial *partial; /* NULL: a pipe */
	struct rdb_spool *spool;
	char *top;
	char *facts;
	char type[RDB_EMBED_TYPE_MAX];
	int level;
	int64_t time;
	int64_t created;

	/* The archive's end. Used by who owns the archive; see "busy". */
	struct mark end;
	struct rdb_embed_member *members;
	size_t member_cap;
	struct rdb_embed_checkpoint *checkpoints;
	size_t checkpoint_cap;

	pthread_mutex_t lock; /* guards what follows */
	bool busy;            /* somebody owns the archive */
	struct rdb_wtable *open;
	struct rdb_wtable *ended; /* those that wait to be copied, in order */
	struct rdb_wtable **last_ended;
	struct rdb_writer_totals totals;
	struct rdb_err error; /* the first one */
};

/* ---- errors ---- */

/* Keeps the archive's first error. Returns -err->code. */
static int failed(struct rdb_writer *writer, const struct rdb_err *err)
{
	pthread_mutex_lock(&writer->lock);
	if (!writer->error.code)
		writer->error = *err;
	pthread_mutex_unlock(&writer->lock);
	return -err->code;
}

static int check_alive(struct rdb_writer *writer, struct rdb_err *err)
{
	int code;

	pthread_mutex_lock(&writer->lock);
	code = writer->error.code;
	if (code && err)
		*err = writer->error;
	pthread_mutex_unlock(&writer->lock);
	return -code;
}

static int out_of_memory(struct rdb_err *err)
{
	return rdb_err_sys(err, ENOMEM, "the archive");
}

static int64_t now(const struct rdb_writer *writer)
{
	return writer->time ? writer->time : (int64_t)time(NULL);
}

/* ---- the archive's end: every function here is for who owns the archive ---- */

static int put_checkpoint(struct rdb_writer *writer)
{
	size_t count = writer->end.checkpoints;

	if (rdb_array_grow(&writer->checkpoints, &writer->checkpoint_cap, count,
		    sizeof(*writer->checkpoints)) != 0)
		return -ENOMEM;
	if (count)
		writer->checkpoints[count - 1].crc = writer->end.span;
	writer->checkpoints[count].in = writer->end.in;
	writer->checkpoints[count].out = writer->end.out;
	writer->end.checkpoints++;
	writer->end.span = 0;
	return 0;
}

/* A span is about to start: it can be decoded from here. */
static int add_checkpoint(struct rdb_writer *writer)
{
	size_t count = writer->end.checkpoints;

	if (count && writer->end.out - writer->checkpoints[count - 1].out < RDB_DEFLATE_CHUNK)
		return 0;
	return put_checkpoint(writer);
}

static int add_member(struct rdb_writer *writer, const char *name, const struct mark *header,
	uint64_t data, uint64_t size, int64_t mtime, int64_t documents)
{
	struct rdb_embed_member *member;
	char *copy = strdup(name);

	if (!copy || rdb_array_grow(&writer->members, &writer->member_cap, writer->end.members,
			     sizeof(*writer->members)) != 0) {
		free(copy);
		return -ENOMEM;
	}
	member = &writer->members[writer->end.members++];
	*member = (struct rdb_embed_member){
		.name = copy,
		.in = header->in,
		.out = header->out,
		.data = data,
		.size = size,
		.mtime = mtime,
		.documents = documents,
	};
	return 0;
}

static void drop_members(struct rdb_writer *writer, size_t keep)
{
	while (writer->end.members > keep)
		free((char *)writer->members[--writer->end.members].name);
}

/* What was appended is part of the archive now. */
static void advance(struct rdb_writer *writer, uint64_t text_len, uint32_t crc)
{
	writer->end.in = rdb_output_at(writer->output);
	writer->end.out += text_len;
	writer->end.crc = (uint32_t)crc32_combine(writer->end.crc, crc, (z_off_t)text_len);
	writer->end.span = (uint32_t)crc32_combine(writer->end.span, crc, (z_off_t)text_len);
	pthread_mutex_lock(&writer->lock);
	writer->totals.archive = writer->end.in;
	pthread_mutex_unlock(&writer->lock);
}

static int append_span(
	struct rdb_writer *writer, const struct rdb_deflate_span *span, struct rdb_err *err)
{
	int ret;

	if (add_checkpoint(writer) != 0)
		return out_of_memory(err);
	ret = rdb_output_append(writer->output, span->data, span->len, err);
	if (ret == 0)
		advance(writer, span->text_len, span->crc);
	return ret;
}

static int append_piece(struct rdb_writer *writer, const struct piece *piece, struct rdb_err *err)
{
	int ret;

	if (add_checkpoint(writer) != 0)
		return out_of_memory(err);
	ret = rdb_output_copy(
		writer->output, rdb_spool_fd(writer->spool), piece->at, piece->len, err);
	if (ret == 0)
		advance(writer, piece->text_len, piece->crc);
	return ret;
}

/* Compresses text here and now, and appends it. */
static int append_text(struct rdb_writer *writer, const void *text, size_t len, struct rdb_err *err)
{
	struct rdb_buf packed = {0};
	const char *at = text;
	int ret = 0;

	while (len && ret == 0) {
		size_t n = len < RDB_DEFLATE_CHUNK ? len : RDB_DEFLATE_CHUNK;
		rdb_buf_clear(&packed);
		ret = rdb_deflate_once(writer->deflater, at, n, &packed, err);
		if (ret == 0) {
			struct rdb_deflate_span span = {packed.data, packed.len, n,
				(uint32_t)crc32_z(0, (const uint8_t *)at, n)};
			ret = append_span(writer, &span, err);
		}
		at += n;
		len -= n;
	}
	rdb_buf_free(&packed);
	return ret;
}

/* Appends text as one stored block, so that other text of the same length can replace it. */
static int append_stored(
	struct rdb_writer *writer, const void *text, size_t len, bool last, struct rdb_err *err)
{
	uint8_t head[RDB_DEFLATE_STORED_HEAD];
	int ret;

	if (add_checkpoint(writer) != 0)
		return out_of_memory(err);
	rdb_deflate_stored_head(head, len, last);
	ret = rdb_output_append(writer->output, head, sizeof(head), err);
	if (ret == 0)
		ret = rdb_output_append(writer->output, text, len, err);
	if (ret == 0)
		advance(writer, len, (uint32_t)crc32_z(0, text, len));
	return ret;
}

static int make_header(struct rdb_writer *writer, const char *name, uint64_t size, int64_t mtime,
	struct rdb_buf *out, struct rdb_err *err)
{
	struct rdb_buf path = {0};
	int ret = rdb_buf_printf(&path, "%s/%s", writer->top, name);

	if (ret == 0 && !rdb_buf_cstr(&path))
		ret = -ENOMEM;
	if (ret == 0)
		ret = rdb_tar_header(out, path.data, size, mtime);
	rdb_buf_free(&path);
	return ret ? rdb_err_sys(err, -ret, "%s", name) : 0;
}

static int append_info(
	struct rdb_writer *writer, const struct rdb_wtable *table, struct rdb_err *err)
{
	static const char zeros[RDB_TAR_BLOCK];
	struct mark header = writer->end;
	size_t size = strlen(table->info), header_len;
	char name[PATH_MAX];
	struct rdb_buf text = {0};
	int ret;

	snprintf(name, sizeof(name), "%s.info", table->name);
	ret = make_header(writer, name, size, table->started, &text, err);
	if (ret != 0)
		goto done;
	header_len = text.len;
	ret = rdb_buf_add(&text, table->info, size);
	if (ret == 0)
		ret = rdb_buf_add(&text, zeros, rdb_tar_padding(size));
	if (ret == 0)
		ret = add_member(
			writer, name, &header, header.out + header_len, size, table->started, -1);
	if (ret != 0)
		out_of_memory(err);
	else
		ret = append_text(writer, text.data, text.len, err);
done:
	rdb_buf_free(&text);
	return ret;
}

static int json_header(const struct rdb_wtable *table, uint64_t size, int64_t mtime,
	struct rdb_buf *out, struct rdb_err *err)
{
	char name[PATH_MAX];

	snprintf(name, sizeof(name), "%s.json", table->name);
	return make_header(table->writer, name, size, mtime, out, err);
}

/* At a checkpoint of its own: until the header is final, so is no CRC before what follows it. */
static int append_open_header(
	struct rdb_writer *writer, const struct rdb_buf *header, struct rdb_err *err)
{
	int ret = put_checkpoint(writer);

	if (ret != 0)
		return out_of_memory(err);
	ret = append_stored(writer, header->data, header->len, false, err);
	writer->end.crc = 0;
	writer->end.span = 0;
	return ret;
}

/* The table's turn: its .info, and the header of its .json with what is known so far. */
static int open_table(struct rdb_wtable *table, uint64_t size, int64_t mtime, struct rdb_err *err)
{
	struct rdb_writer *writer = table->writer;
	struct rdb_buf header = {0};
	int ret;

	table->start = writer->end;
	ret = append_info(writer, table, err);
	table->header = writer->end;
	if (ret == 0)
		ret = json_header(table, size, mtime, &header, err);
	if (ret == 0)
		ret = append_open_header(writer, &header, err);
	rdb_buf_free(&header);
	return ret;
}

static void release_piece(struct rdb_writer *writer, struct piece *piece)
{
	if (piece->len == 0)
		return;
	rdb_spool_release(writer->spool, piece->at, piece->len);
	pthread_mutex_lock(&writer->lock);
	writer->totals.waiting -= piece->len;
	pthread_mutex_unlock(&writer->lock);
	piece->len = 0;
}

static int copy_pieces(struct rdb_wtable *table, struct rdb_err *err)
{
	struct rdb_writer *writer = table->writer;
	int ret = 0;

	for (size_t i = 0; i < table->piece_count && ret == 0; i++) {
		ret = append_piece(writer, &table->pieces[i], err);
		release_piece(writer, &table->pieces[i]);
	}
	return ret;
}

/* The checkpoint before the header has a CRC without it so far. */
static void sum_header(struct rdb_wtable *table, const struct rdb_buf *header)
{
	struct mark *end = &table->writer->end;
	struct rdb_embed_checkpoint *p = &table->writer->checkpoints[table->header.checkpoints];
	bool last = table->header.checkpoints + 1 == end->checkpoints;
	uint64_t len = (last ? end->out : p[1].out) - p->out - header->len;
	uint32_t *crc = last ? &end->span : &p->crc;

	*crc = (uint32_t)crc32_combine(
		crc32_z(0, (const uint8_t *)header->data, header->len), *crc, (z_off_t)len);
}

/* All text is there and its size known: the header's last word, and the CRC with it. */
static int close_table(struct rdb_wtable *table, bool fill_in, struct rdb_err *err)
{
	struct rdb_writer *writer = table->writer;
	struct mark *end = &writer->end;
	struct rdb_buf header = {0};
	char name[PATH_MAX];
	uint64_t data;
	uint32_t crc;
	int ret = json_header(table, table->size, table->ended, &header, err);

	if (ret == 0 && fill_in)
		ret = rdb_output_patch(writer->output, header.data, header.len,
			table->header.in + RDB_DEFLATE_STORED_HEAD, err);
	if (ret != 0)
		goto done;
	data = table->header.out + header.len;
	crc = (uint32_t)crc32_z(table->header.crc, (const uint8_t *)header.data, header.len);
	end->crc = (uint32_t)crc32_combine(crc, end->crc, (z_off_t)(end->out - data));
	sum_header(table, &header);
	snprintf(name, sizeof(name), "%s.json", table->name);
	if (add_member(writer, name, &table->header, data, table->size, table->ended,
		    table->documents) != 0)
		ret = out_of_memory(err);
done:
	rdb_buf_free(&header);
	return ret;
}

/* Takes everything back that the table put into the archive. */
static int take_back(struct rdb_wtable *table, struct rdb_err *err)
{
	struct rdb_writer *writer = table->writer;

	drop_members(writer, table->start.members);
	writer->end = table->start;
	return rdb_output_rewind(writer->output, writer->end.in, err);
}

/* ---- whose turn it is ---- */

static void table_free(struct rdb_wtable *table)
{
	rdb_deflate_close(table->stream);
	for (size_t i = 0; i < table->piece_count; i++)
		release_piece(table->writer, &table->pieces[i]);
	free(table->pieces);
	free(table->name);
	free(table->info);
	free(table);
}

/* Copies a table that ended while it waited. */
static int copy_table(struct rdb_wtable *table, struct rdb_err *err)
{
	int ret = open_table(table, table->size, table->ended, err);

	if (ret == 0)
		ret = copy_pieces(table, err);
	if (ret == 0)
		ret = close_table(table, false, err);
	return ret;
}

/* For who owns the archive and has no more use for it: copies what waits, and lets go of it. */
static int let_go(struct rdb_writer *writer, struct rdb_err *err)
{
	struct rdb_wtable *table;
	struct rdb_err own = {0};
	int ret = 0;

	for (;;) {
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
		if (!table)
			return ret;
		ret = copy_table(table, &own);
		if (ret != 0) {
			failed(writer, &own);
			if (err)
				*err = own;
		}
		table_free(table);
	}
}

/* Takes the archive for a table that has text to write, if it is free and this one's turn. */
static bool take_turn(struct rdb_wtable *table)
{
	struct rdb_writer *writer = table->writer;
	bool mine;

	pthread_mutex_lock(&writer->lock);
	mine = !writer->busy && rdb_output_can_patch(writer->output);
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

	table->place = TABLE_STRAIGHT;
	ret = open_table(table, 0, table->started, err);
	return ret ? ret : copy_pieces(table, err);
}

static int wait_span(
	struct rdb_wtable *table, const struct rdb_deflate_span *span, struct rdb_err *err)
{
	struct rdb_writer *writer = table->writer;
	struct piece *piece;
	int ret;

	if (rdb_array_grow(&table->pieces, &table->piece_cap, table->piece_count, sizeof(*piece)) !=
		0)
		return out_of_memory(err);
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

/* The sink of a table's stream: runs on a thread that compresses, one at a time for a table. */
static int deliver_span(void *arg, const struct rdb_deflate_span *span, struct rdb_err *err)
{
	struct rdb_wtable *table = arg;
	int ret = check_alive(table->writer, err);

	if (ret == 0 && table->place == TABLE_WAITS && take_turn(table))
		ret = go_straight(table, err);
	if (ret == 0 && table->place == TABLE_STRAIGHT)
		ret = append_span(table->writer, span, err);
	else if (ret == 0)
		ret = wait_span(table, span, err);
	return ret ? failed(table->writer, err) : 0;
}

/* ---- tables ---- */

static bool valid_part(const char *part)
{
	if (!*part || strcmp(part, ".") == 0 || strcmp(part, "..") == 0)
		return false;
	for (const char *c = part; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f || *c == '/')
			return false;
	return true;
}

static int check_names(
	const struct rdb_writer *writer, const char *db, const char *table, struct rdb_err *err)
{
	if (!valid_part(db) || !valid_part(table))
		return rdb_err_set(err, EINVAL, "%s.%s: a name that no file can have", db, table);
	if (strlen(db) > NAME_MAX || strlen(table) > NAME_MAX - strlen(".json") ||
		strlen(writer->top) > NAME_MAX)
		return rdb_err_sys(err, ENAMETOOLONG, "%s.%s", db, table);
	return 0;
}

int rdb_writer_table(struct rdb_writer *writer, const char *db, const char *name, const char *info,
	uint64_t estimate, struct rdb_wtable **out, struct rdb_err *err)
{
	struct rdb_deflate_sink sink = {.span = deliver_span};
	struct rdb_wtable *table;
	int ret = check_alive(writer, err);

	if (ret == 0)
		ret = check_names(writer, db, name, err);
	if (ret != 0)
		return ret;
	table = calloc(1, sizeof(*table));
	if (!table)
		return out_of_memory(err);
	table->writer = writer;
	table->estimate = estimate;
	table->started = now(writer);
	table->info = strdup(info);
	sink.arg = table;
	if (asprintf(&table->name, "%s/%s", db, name) < 0)
		table->name = NULL;
	if (!table->info || !table->name ||
		rdb_deflate_open(writer->deflater, &sink, &table->stream, err) != 0) {
		table_free(table);
		return out_of_memory(err);
	}
	pthread_mutex_lock(&writer->lock);
	table->next = writer->open;
	writer->open = table;
	pthread_mutex_unlock(&writer->lock);
	*out = table;
	return 0;
}

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

static void remove_open(struct rdb_wtable *table)
{
	struct rdb_writer *writer = table->writer;
	struct rdb_wtable **at = &writer->open;

	pthread_mutex_lock(&writer->lock);
	while (*at != table)
		at = &(*at)->next;
	*at = table->next;
	table->next = NULL;
	pthread_mutex_unlock(&writer->lock);
}

/* Waits until every piece of the table is in its place. */
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
	table->ended = now(table->writer);
	return ret;
}

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
		failed(writer, &own);
		if (err)
			*err = own;
	}
	table_free(table);
	return ret ? ret : let_go(writer, err);
}

/* For a table whose stream was closed, before it ended. */
static void give_up(struct rdb_wtable *table)
{
	struct rdb_writer *writer = table->writer;
	struct rdb_err err = {0};

	if (table->place == TABLE_STRAIGHT && check_alive(writer, NULL) == 0) {
		if (take_back(table, &err) != 0)
			failed(writer, &err);
		let_go(writer, NULL);
	}
	table_free(table);
}

int rdb_wtable_end(struct rdb_wtable *table, int64_t documents, struct rdb_err *err)
{
	struct rdb_writer *writer = table->writer;
	int ret = finish_text(table, err);

	if (ret == 0)
		ret = check_alive(writer, err);
	if (ret != 0) {
		rdb_wtable_abort(table);
		return ret;
	}
	table->documents = documents;
	remove_open(table);
	pthread_mutex_lock(&writer->lock);
	writer->totals.tables++;
	pthread_mutex_unlock(&writer->lock);
	return table->place == TABLE_STRAIGHT ? end_straight(table, err) : end_waiting(table, err);
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
	give_up(table);
}

/* ---- the whole ---- */

static int append_gzip_header(struct rdb_writer *writer, struct rdb_err *err)
{
	struct rdb_embed_label label = {0};
	char comment[RDB_EMBED_LABEL + 1];
	uint8_t header[RDB_GZIP_HEADER(RDB_EMBED_LABEL)];
	int ret;

	_Static_assert(sizeof(header) == RDB_EMBED_START, "the gzip header's length");
	strcpy(label.type, writer->type);
	rdb_embed_label_format(&label, comment);
	rdb_gzip_header(header, (uint32_t)writer->created, writer->level, comment);
	ret = rdb_output_append(writer->output, header, sizeof(header), err);
	writer->end.in = rdb_output_at(writer->output);
	return ret;
}

/* The folder's name inside: the archive's without its extension. */
static char *default_top(const char *path)
{
	static const char *const extensions[] = {".tar.gz", ".tgz"};
	const char *slash = strrchr(path, '/');
	char *top = strdup(slash ? slash + 1 : path);

	for (size_t i = 0; top && i < 2; i++) {
		size_t len = strlen(top), ext = strlen(extensions[i]);
		if (len > ext && strcmp(top + len - ext, extensions[i]) == 0)
			top[len - ext] = '\0';
	}
	return top;
}

static int check_options(const struct rdb_writer_options *options, struct rdb_err *err)
{
	if (!options->type || !rdb_embed_type_valid(options->type))
		return rdb_err_set(err, EINVAL, "\"%s\" is no type of backup",
			options->type ? options->type : "");
	if (!options->path && !options->top)
		return rdb_err_set(err, EINVAL, "an archive without a file needs a name");
	return 0;
}

static int open_stream(
	struct rdb_writer *writer, const struct rdb_writer_options *options, struct rdb_err *err)
{
	const char *path = options->spool ? options->spool : getenv("TMPDIR");
	int folder, ret;

	if (!path || !*path)
		path = "/var/tmp";
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return rdb_err_sys(err, errno, "the folder for temporary files, %s", path);
	ret = rdb_spool_create(folder, &writer->spool, err);
	close(folder);
	if (ret != 0) {
		rdb_err_prefix(err, "%s: ", path);
		return ret;
	}
	ret = rdb_output_stream(options->fd, "the output", &writer->output, err);
	if (ret == 0)
		rdb_output_obey(writer->output, options->cancel);
	return ret;
}

static int open_file(
	struct rdb_writer *writer, const struct rdb_writer_options *options, struct rdb_err *err)
{
	int ret = rdb_partial_create(options->path, options->overwrite, &writer->partial, err);

	if (ret == 0)
		ret = rdb_spool_create(rdb_partial_folder(writer->partial), &writer->spool, err);
	if (ret == 0)
		ret = rdb_output_file(
			rdb_partial_fd(writer->partial), options->path, &writer->output, err);
	if (ret == 0)
		rdb_output_obey(writer->output, options->cancel);
	return ret;
}

static int open_all(
	struct rdb_writer *writer, const struct rdb_writer_options *options, struct rdb_err *err)
{
	struct rdb_deflate_options deflate = {
		.level = options->level, .threads = options->threads, .low = options->low};
	int ret;

	writer->top = options->top ? strdup(options->top) : default_top(options->path);
	writer->facts = strdup("");
	if (!writer->top || !writer->facts)
		return out_of_memory(err);
	if (!valid_part(writer->top))
		return rdb_err_set(err, EINVAL, "\"%s\" can't be a backup's name", writer->top);
	ret = rdb_deflater_create(&deflate, &writer->deflater, err);
	if (ret == 0)
		ret = options->path ? open_file(writer, options, err)
				    : open_stream(writer, options, err);
	return ret ? ret : append_gzip_header(writer, err);
}

int rdb_writer_create(
	const struct rdb_writer_options *options, struct rdb_writer **out, struct rdb_err *err)
{
	struct rdb_writer *writer;
	int ret = check_options(options, err);

	if (ret != 0)
		return ret;
	writer = calloc(1, sizeof(*writer));
	if (!writer)
		return out_of_memory(err);
	pthread_mutex_init(&writer->lock, NULL);
	writer->last_ended = &writer->ended;
	writer->level = options->level;
	writer->time = options->time;
	writer->created = now(writer);
	strcpy(writer->type, options->type);
	ret = open_all(writer, options, err);
	if (ret != 0) {
		rdb_writer_abort(writer);
		return ret;
	}
	*out = writer;
	return 0;
}

int rdb_writer_facts(struct rdb_writer *writer, const char *json, struct rdb_err *err)
{
	char *copy = strdup(json);

	if (!copy)
		return out_of_memory(err);
	pthread_mutex_lock(&writer->lock);
	free(writer->facts);
	writer->facts = copy;
	pthread_mutex_unlock(&writer->lock);
	return 0;
}

void rdb_writer_totals(struct rdb_writer *writer, struct rdb_writer_totals *out)
{
	pthread_mutex_lock(&writer->lock);
	*out = writer->totals;
	pthread_mutex_unlock(&writer->lock);
}

/* So that the index stays within what a reader takes. */
static void thin_checkpoints(struct rdb_writer *writer)
{
	size_t count = writer->end.checkpoints, kept = 0;

	for (size_t i = 0; i < count; i += 2) {
		struct rdb_embed_checkpoint *p = &writer->checkpoints[i];
		uint64_t end = i + 2 < count ? p[2].out : writer->end.out;
		if (i + 1 < count)
			p->crc = (uint32_t)crc32_combine(
				p->crc, p[1].crc, (z_off_t)(end - p[1].out));
		writer->checkpoints[kept++] = *p;
	}
	writer->end.checkpoints = kept;
}

/* The index, as it describes everything before it. */
static int make_index(struct rdb_writer *writer, struct rdb_buf *out, struct rdb_err *err)
{
	struct rdb_embed embed = {
		.top = writer->top,
		.facts = writer->facts,
		.members = writer->members,
		.member_count = writer->end.members,
		.crc = writer->end.crc,
	};

	if (add_checkpoint(writer) != 0)
		return out_of_memory(err);
	writer->checkpoints[writer->end.checkpoints - 1].crc = writer->end.span;
	while (writer->end.checkpoints > CHECKPOINTS_MAX)
		thin_checkpoints(writer);
	embed.checkpoints = writer->checkpoints;
	embed.checkpoint_count = writer->end.checkpoints;
	return rdb_embed_encode(&embed, out) ? out_of_memory(err) : 0;
}

/* The last member up to its label. Says in label where things are. */
static int append_index(
	struct rdb_writer *writer, struct rdb_embed_label *label, struct rdb_err *err)
{
	struct rdb_buf index = {0}, text = {0};
	int ret = make_index(writer, &index, err);

	if (ret == 0)
		ret = make_header(writer, RDB_EMBED_FILE, index.len + RDB_TAR_BLOCK,
			writer->created, &text, err);
	if (ret != 0)
		goto done;
	label->index = writer->end.in;
	label->text = writer->end.out;
	label->data = writer->end.out + text.len;
	label->length = index.len;
	if (rdb_buf_add(&text, index.data, index.len) != 0)
		ret = out_of_memory(err);
	else
		ret = append_text(writer, text.data, text.len, err);
done:
	rdb_buf_free(&index);
	rdb_buf_free(&text);
	return ret;
}

/* The last blocks, of which the label tells the size before they are there. */
static int append_end(struct rdb_writer *writer, struct rdb_embed_label *label, struct rdb_err *err)
{
	char block[RDB_TAR_BLOCK] = {0}, zeros[RDB_TAR_END] = {0};
	uint8_t trailer[RDB_GZIP_TRAILER];
	int ret;

	label->size = writer->end.in + 2 * RDB_DEFLATE_STORED_HEAD + RDB_TAR_BLOCK + RDB_TAR_END +
		      RDB_GZIP_TRAILER;
	rdb_embed_label_format(label, block);
	block[RDB_EMBED_LABEL] = '\n';
	ret = append_stored(writer, block, sizeof(block), false, err);
	if (ret == 0)
		ret = append_stored(writer, zeros, sizeof(zeros), true, err);
	if (ret == 0) {
		rdb_gzip_trailer(trailer, writer->end.crc, writer->end.out);
		ret = rdb_output_append(writer->output, trailer, sizeof(trailer), err);
	}
	if (ret == 0 && rdb_output_can_patch(writer->output)) {
		rdb_embed_label_format(label, block);
		ret = rdb_output_patch(writer->output, block, RDB_EMBED_LABEL, 10, err);
	}
	return ret;
}

static int complete(struct rdb_writer *writer, struct rdb_err *err)
{
	struct rdb_embed_label label = {0};
	int ret = check_alive(writer, err);

	if (ret != 0)
		return ret;
	if (writer->open)
		return rdb_err_set(err, EINVAL, "%s has not ended", writer->open->name);
	strcpy(label.type, writer->type);
	label.home = writer->partial ? rdb_partial_home(writer->partial) : 0;
	ret = append_index(writer, &label, err);
	if (ret == 0)
		ret = append_end(writer, &label, err);
	if (ret == 0 && writer->partial)
		ret = rdb_partial_commit(writer->partial, err);
	return ret;
}

int rdb_writer_commit(
	struct rdb_writer *writer, struct rdb_writer_totals *totals, struct rdb_err *err)
{
	int ret = complete(writer, err);

	if (ret != 0)
		return ret;
	writer->totals.archive = rdb_output_at(writer->output);
	if (totals)
		*totals = writer->totals;
	rdb_writer_abort(writer);
	return 0;
}

void rdb_writer_cancel(struct rdb_writer *writer)
{
	struct rdb_err err = {0};

	rdb_err_set(&err, ECANCELED, "cancelled");
	failed(writer, &err);
	rdb_deflater_cancel(writer->deflater);
	rdb_output_cancel(writer->output);
}

static void free_tables(struct rdb_wtable *table)
{
	while (table) {
		struct rdb_wtable *next = table->next;
		table_free(table);
		table = next;
	}
}

void rdb_writer_abort(struct rdb_writer *writer)
{
	if (!writer)
		return;
	if (writer->output && writer->open)
		rdb_writer_cancel(writer);
	free_tables(writer->open);
	free_tables(writer->ended);
	rdb_deflater_destroy(writer->deflater);
	rdb_output_close(writer->output);
	rdb_spool_destroy(writer->spool);
	rdb_partial_close(writer->partial);
	drop_members(writer, 0);
	free(writer->members);
	free(writer->checkpoints);
	pthread_mutex_destroy(&writer->lock);
	free(writer->top);
	free(writer->facts);
	free(writer);
}
