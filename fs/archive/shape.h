/*
 * Below which folders the tables of an archive lie, learnt member by member.
 *
 * Tables lie in DATABASE/TABLE.json below one top folder, and stray files may lie anywhere. Only
 * when a first pass over all members has found no table there are those taken that lie one folder
 * higher or deeper, all below the same folders. Tables below a second top folder are another
 * backup: not shown, and a fault of the archive.
 *
 * Not thread-safe.
 */
#ifndef RDB_ARCHIVE_SHAPE_H
#define RDB_ARCHIVE_SHAPE_H

#include "archive/member_name.h"

struct rdb_shape {
	char *top;     /* of the tables that are shown (struct rdb_name); NULL: none found yet */
	unsigned tops; /* how many folders it stands for */
	char *stray;   /* path of the first table found elsewhere before there was a top */
	char *stray_top;
	bool strays_differ; /* in their top */
	char *other;        /* path of the first file that can be no table at all */
	char *second;       /* top of another backup; NULL: none */
};

void rdb_shape_init(struct rdb_shape *shape);
void rdb_shape_free(struct rdb_shape *shape);

/* Takes a top up, the first table's or one from an earlier scan. 0, -ENOMEM. */
int rdb_shape_set(struct rdb_shape *shape, const char *top);

/* A file that can be no table: for the words, should there be none. */
void rdb_shape_other(struct rdb_shape *shape, const char *path);

/* Why a table can't be shown, a constant; NULL: it can. */
const char *rdb_shape_refuse(
	struct rdb_shape *shape, const char *path, const struct rdb_name *name);

/* Whether only tables elsewhere were found so far: a scan that begins behind them would miss them.
 */
bool rdb_shape_is_undecided(const struct rdb_shape *shape);

/* After a pass that found no table in its place: true when another one will. */
bool rdb_shape_again(struct rdb_shape *shape);

/* -EIO and words when the archive holds more than what is shown; else 0. */
int rdb_shape_check(const struct rdb_shape *shape, struct rdb_err *err);

/* Words for an archive without tables. Returns -EIO. */
int rdb_shape_missing(const struct rdb_shape *shape, struct rdb_err *err);

#endif
