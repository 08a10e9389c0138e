/*
 * Determines, member by member, the folders below which the tables of an archive lie.
 *
 * Tables lie in DATABASE/TABLE.json below one top folder, and other files may lie anywhere. Only if
 * a first pass over all members has found no table are those accepted that lie one folder higher or
 * deeper, all below the same folders. Tables below a second top folder are another backup: not
 * shown, and a fault of the archive.
 *
 * Not thread-safe.
 */
#ifndef RDB_FORMAT_SHAPE_H
#define RDB_FORMAT_SHAPE_H

#include "base/err.h"
#include "format/member_name.h"

struct rdb_shape {
	char *top; /* folders above the tables that are shown (struct rdb_name); NULL: none yet */
	unsigned tops; /* number of folders in it */
	char *stray; /* path of the first table one folder higher or deeper, found before a top was
			known */
	char *stray_top;
	bool strays_differ; /* in their top */
	char *other;        /* path of the first file that is not a table */
	char *second;       /* top folder of another backup; NULL: none */
};

void rdb_shape_init(struct rdb_shape *shape);
void rdb_shape_free(struct rdb_shape *shape);

/* Sets the top, from the first table or from an earlier scan. Returns 0, -ENOMEM. */
int rdb_shape_set(struct rdb_shape *shape, const char *top);

/* Records a file that is not a table, for the error text if the archive has no table. */
void rdb_shape_other(struct rdb_shape *shape, const char *path);

/* Returns the reason why a table is not shown, a constant; NULL: it is shown. */
const char *rdb_shape_refuse(
	struct rdb_shape *shape, const char *path, const struct rdb_name *name);

/* Returns whether only tables one folder higher or deeper were found so far: a scan that resumes
 * behind them would miss them. */
bool rdb_shape_is_undecided(const struct rdb_shape *shape);

/* After a pass that found no table in the usual folders: returns whether a second pass will find
 * some. */
bool rdb_shape_again(struct rdb_shape *shape);

/* Returns -EIO with a text if the archive holds more than is shown; else 0. */
int rdb_shape_check(const struct rdb_shape *shape, struct rdb_err *err);

/* Sets the error text for an archive without tables. Returns -EIO. */
int rdb_shape_missing(const struct rdb_shape *shape, struct rdb_err *err);

#endif
