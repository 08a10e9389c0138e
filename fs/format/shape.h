/*
 * Determines the top folders of an archive, which are the folders above its databases,
 * from one member after the other.
 *
 * Usually the tables lie in TOP/DATABASE/TABLE.json, and other files lie anywhere. If a
 * first pass over all members finds no table, a second pass accepts tables one folder
 * higher or deeper, provided that all these tables have the same top folders. Tables
 * below other top folders belong to another backup. These tables are not shown, and
 * rdb_shape_check() reports them.
 *
 * Not thread-safe.
 */
#ifndef RDB_FORMAT_SHAPE_H
#define RDB_FORMAT_SHAPE_H

#include "base/err.h"
#include "format/member_name.h"

struct rdb_shape {
	char *top;     /* path of the folder with the shown databases; NULL if unknown */
	unsigned tops; /* number of folders in top */
	char *stray;   /* path of the first table one folder higher or deeper; NULL if none */
	char *stray_top;
	bool strays_differ; /* tables one folder higher or deeper have different top folders */
	char *other;        /* path of the first file that is not a table */
	char *second;       /* top folder of another backup; NULL if none */
};

void rdb_shape_init(struct rdb_shape *shape);
void rdb_shape_free(struct rdb_shape *shape);

/* Sets the path of the folder, in the archive, that contains the folders of the databases, for
 * example "rethinkdb_dump_2024". From now on, only tables below this folder are shown. Returns 0 or
 * -ENOMEM. */
int rdb_shape_set(struct rdb_shape *shape, const char *top);

/* Records a file that is not a table, so that the error text of rdb_shape_missing() can name the
 * first such file. */
void rdb_shape_other(struct rdb_shape *shape, const char *path);

/* Returns NULL if the table at this path is shown to the user. Otherwise returns the reason why the
 * table is not shown, as a static text. */
const char *rdb_shape_refuse(
	struct rdb_shape *shape, const char *path, const struct rdb_name *name);

/* Tables usually lie at one depth of folders in the archive. If the scan finds no table at this
 * depth, a second pass over all members lists tables that lie one folder higher or deeper. Returns
 * true if the scan has found tables so far, but none at the usual depth, so that it is undecided
 * whether a second pass is needed. A scan must not be resumed at such a point, because the resumed
 * scan would not know about these tables, and would begin no second pass. */
bool rdb_shape_is_undecided(const struct rdb_shape *shape);

/* Called after the first pass over all members has found no table at the usual depth of folders.
 * Returns true if a second pass will find tables at another depth. */
bool rdb_shape_again(struct rdb_shape *shape);

/* Returns 0 if all tables of the archive lie below the same top folder. Returns -EIO if tables also
 * lie below a second top folder. The tables below the second folder are not shown. */
int rdb_shape_check(const struct rdb_shape *shape, struct rdb_err *err);

/* Sets the error text for an archive in which no table was found. Returns -EIO. */
int rdb_shape_missing(const struct rdb_shape *shape, struct rdb_err *err);

#endif
