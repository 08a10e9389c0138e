/* Shared by writer.c (the archive), writer_table.c (a table, for its producer) and writer_turn.c
 * (which table is written directly to the archive). */
#ifndef RDB_WRITER_WRITER_PRIVATE_H
#define RDB_WRITER_WRITER_PRIVATE_H

#include "gz/deflate.h"
#include "writer/spool.h"
#include "writer/trunk.h"
#include "writer/writer.h"

#include <pthread.h>

enum rdb_wtable_place {
	RDB_WTABLE_WAITS,    /* the table's pieces are written to the spool */
	RDB_WTABLE_STRAIGHT, /* the table owns a trunk; its pieces are written directly to it */
};

#define RDB_WRITER_TRUNKS 16

/* The archive's trunk, or a branch of it, and whether a table owns it. */
struct rdb_turn {
	struct rdb_trunk *trunk; /* its owner uses it; NULL: being opened, or opening failed */
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
	struct rdb_turn *turn; /* with RDB_WTABLE_STRAIGHT: turn of the trunk that the table owns */
	struct rdb_piece *pieces; /* in the spool */
	size_t piece_count, piece_cap;
	struct rdb_ledger_mark start; /* with RDB_WTABLE_STRAIGHT: mark before the table's .info */
	/* Guarded by the writer's lock: */
	bool ending;
	struct rdb_wtable
		*next; /* in the list of open tables, or of those that ended in the spool */
};

struct rdb_writer {
	struct rdb_deflater *deflater;
	struct rdb_spool *spool; /* NULL: spool_error says why there is no spool */
	struct rdb_err spool_error;
	char *top;
	char *facts;
	int64_t time;

	pthread_mutex_t lock;                     /* guards what follows */
	struct rdb_turn turns[RDB_WRITER_TRUNKS]; /* turns[0] is the archive's trunk */
	unsigned turn_count;
	bool all_branched; /* the output has no more branches */
	struct rdb_wtable *open;
	struct rdb_wtable *ended; /* tables to be copied from the spool, in order */
	struct rdb_wtable **last_ended;
	size_t kept;                     /* bytes of text of small tables that are kept in memory */
	struct rdb_writer_totals totals; /* without the archive's bytes: the trunk counts them */
	struct rdb_err error;            /* the first one */
};

/* ---- the whole ---- */

/* Records the archive's first error. Returns -err->code. */
int rdb_writer_failed(struct rdb_writer *writer, const struct rdb_err *err);

/* Returns 0, or the archive's error. */
int rdb_writer_check(struct rdb_writer *writer, struct rdb_err *err);

int rdb_writer_out_of_memory(struct rdb_err *err);

/* Returns the time for members in seconds: options.time if set, else now. */
int64_t rdb_writer_now(const struct rdb_writer *writer);

/* Returns whether a file or folder in the archive may have this name. */
bool rdb_writer_name_is_fit(const char *name);

/* ---- a table ---- */

/* Tables up to this size are compressed together. */
#define RDB_WTABLE_SMALL ((size_t)64 * 1024)

/* Waits for spans in progress, releases the table's pieces and frees it. The table must be in no
 * list. */
void rdb_wtable_free(struct rdb_wtable *table);

/* ---- whose turn it is ---- */

/* Sink of a table's stream: writes the span to the trunk if the table owns one, else to the spool.
 */
int rdb_wtable_deliver(void *arg, const struct rdb_deflate_span *span, struct rdb_err *err);

/*
 * For a table that has all its text and was removed from the open ones: closes it if it owns a
 * trunk, else has it copied from the spool, by the caller or by a trunk's owner. Frees it. Returns
 * the archive's errors.
 */
int rdb_wtable_settle(struct rdb_wtable *table, struct rdb_err *err);

/* For a table whose stream was closed early: removes its text from the archive. Frees it. */
void rdb_wtable_withdraw(struct rdb_wtable *table);

/* Releases the space of pieces in the spool. */
void rdb_wtable_drop_pieces(struct rdb_wtable *table);

#endif
