/* Shared by writer.c (the archive), writer_table.c (a table, for its producer) and writer_turn.c
 * (whose turn it is). */
#ifndef RDB_WRITER_WRITER_PRIVATE_H
#define RDB_WRITER_WRITER_PRIVATE_H

#include "gz/deflate.h"
#include "writer/spool.h"
#include "writer/trunk.h"
#include "writer/writer.h"

#include <pthread.h>

enum rdb_wtable_place {
	RDB_WTABLE_WAITS,    /* its pieces are written to the spool */
	RDB_WTABLE_STRAIGHT, /* it owns a trunk; its pieces go there */
};

#define RDB_WRITER_TRUNKS 16

/* The archive's trunk, or a branch of it. */
struct rdb_turn {
	struct rdb_trunk *trunk; /* used by its owner; NULL: being opened, or it could not be */
	bool busy;               /* a table owns it; guarded by the writer's lock */
};

struct rdb_wtable {
	struct rdb_writer *writer;
	struct rdb_deflate *stream;
	char *name; /* DATABASE/TABLE */
	char *info;
	uint64_t estimate;
	uint64_t size; /* bytes of text, without padding */
	char *text;    /* text of a small table that has ended, in place of a stream; NULL: none */
	int64_t documents;
	int64_t started; /* seconds */
	int64_t ended;
	/* Used by the thread that delivers spans, and by the producer while no span is under way:
	 */
	enum rdb_wtable_place place;
	struct rdb_turn *turn;    /* straight: whose trunk it owns */
	struct rdb_piece *pieces; /* in the spool */
	size_t piece_count, piece_cap;
	struct rdb_ledger_mark start; /* straight: before its .info */
	/* Guarded by the writer's lock: */
	bool ending;
	struct rdb_wtable
		*next; /* in the list of open tables, or of those that ended while waiting */
};

struct rdb_writer {
	struct rdb_deflater *deflater;
	struct rdb_spool *spool; /* NULL: spool_error says why tables cannot wait */
	struct rdb_err spool_error;
	char *top;
	char *facts;
	int64_t time;

	pthread_mutex_t lock;                     /* guards what follows */
	struct rdb_turn turns[RDB_WRITER_TRUNKS]; /* turns[0] is the archive's trunk */
	unsigned turn_count;
	bool all_branched; /* the output has no more branches */
	struct rdb_wtable *open;
	struct rdb_wtable *ended; /* tables to be copied, in order */
	struct rdb_wtable **last_ended;
	size_t kept;                     /* bytes of text of small tables */
	struct rdb_writer_totals totals; /* without archive, which the trunk knows */
	struct rdb_err error;            /* the first one */
};

/* ---- the whole ---- */

/* Records the archive's first error. Returns -err->code. */
int rdb_writer_failed(struct rdb_writer *writer, const struct rdb_err *err);

/* 0, or the archive's error. */
int rdb_writer_check(struct rdb_writer *writer, struct rdb_err *err);

int rdb_writer_out_of_memory(struct rdb_err *err);

/* Seconds; options.time if set. */
int64_t rdb_writer_now(const struct rdb_writer *writer);

/* Whether a file or folder in the archive may have this name. */
bool rdb_writer_name_is_fit(const char *name);

/* ---- a table ---- */

/* Tables up to this size are compressed together. */
#define RDB_WTABLE_SMALL ((size_t)64 * 1024)

/* Waits for spans under way and releases the table's pieces. The table must be in no list. */
void rdb_wtable_free(struct rdb_wtable *table);

/* ---- whose turn it is ---- */

/* Sink of a table's stream: writes the span to the trunk or the spool, by the table's place. */
int rdb_wtable_deliver(void *arg, const struct rdb_deflate_span *span, struct rdb_err *err);

/*
 * For a table that has all its text and was removed from the open ones: closes it if it went
 * straight; else it is copied, by the caller or by the trunk's owner. Frees it. Returns the
 * archive's errors.
 */
int rdb_wtable_settle(struct rdb_wtable *table, struct rdb_err *err);

/* For a table whose stream was closed early: removes its text from the archive. Frees it. */
void rdb_wtable_withdraw(struct rdb_wtable *table);

/* Releases the space of waiting pieces. */
void rdb_wtable_drop_pieces(struct rdb_wtable *table);

#endif
