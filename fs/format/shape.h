/* Determines the folders above an archive's databases, usually one: TOP/DATABASE/TABLE.json. If a
 * first pass finds no such table, a second accepts tables one folder higher or deeper. Tables below
 * other top folders belong to another backup, and are reported by rdb_shape_check(). Not
 * thread-safe. */
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

/* Sets the folder that contains the databases. Only tables below this folder are shown from now on.
 * Returns 0 or -ENOMEM. */
int rdb_shape_set(struct rdb_shape *shape, const char *top);

/* Records a file that is not a table, so that the error text of rdb_shape_missing() can name the
 * first such file. */
void rdb_shape_other(struct rdb_shape *shape, const char *path);

/* Returns NULL if the table at this path is shown, or the reason why not, as a static text. */
const char *rdb_shape_refuse(
	struct rdb_shape *shape, const char *path, const struct rdb_name *name);

/* Returns true if the scan has found tables, but only one folder higher or deeper than expected. A
 * checkpoint made while the result is true must not be used, because the resumed scan would miss
 * these tables. */
bool rdb_shape_is_undecided(const struct rdb_shape *shape);

/* Prepares a second pass over the archive for tables one folder higher or deeper than usual. Called
 * if the first pass found no table at the usual depth. Returns false if the first pass found no
 * table at these depths, or found tables in different top folders. */
bool rdb_shape_again(struct rdb_shape *shape);

/* Returns 0, or -EIO if the archive has tables below a top folder other than shape->top. These
 * tables belong to a second backup, which is not shown. */
int rdb_shape_check(const struct rdb_shape *shape, struct rdb_err *err);

/* Sets the error text for an archive in which no table was found. Returns -EIO. */
int rdb_shape_missing(const struct rdb_shape *shape, struct rdb_err *err);

#endif
