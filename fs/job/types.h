/*
 * What made each backup, as its archive's header says: daily, on-demand, …; imported where it
 * says nothing, or that it was made elsewhere (writer/home.h): then it was put there. And the
 * lineage of each. Both are read once for each version of a backup and remembered.
 *
 * Any thread may call. rdb_types_get() and _made() read 192 bytes of an archive not seen before,
 * rdb_types_lineage() its index.
 */
#ifndef RDB_JOB_TYPES_H
#define RDB_JOB_TYPES_H

#include "job/lineage.h"
#include "store/store.h"

#include <stdbool.h>

#define RDB_TYPE_MAX 17 /* with the NUL */
#define RDB_TYPE_ON_DEMAND "on-demand"
#define RDB_TYPE_IMPORTED "imported"

struct rdb_types;

/* The store outlives it. 0 or -ENOMEM. */
int rdb_types_create(struct rdb_store *store, struct rdb_types **out);
void rdb_types_destroy(struct rdb_types *types);

/* Imported too when it can't be read now: then it is asked again the next time. */
void rdb_types_get(struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX]);

/* The same if it is known already; reads nothing. */
bool rdb_types_known(
	struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX]);

/* What its header says wherever it was made. true: it was made there. */
bool rdb_types_made(
	struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX]);

/* A backup's lineage, as far as retention is about it. */
struct rdb_types_lineage {
	const struct rdb_scope *scope; /* lives as long as the types */
	size_t cluster;                /* 0: not known */
};

/*
 *   -ENOENT   rdbfs didn't write it
 *   -EBADMSG  its index is damaged
 *   -ESTALE -EACCES -EIO -ENOMEM -EMFILE  it can't be read now: asked again the next time
 */
int rdb_types_lineage(struct rdb_types *types, const struct rdb_entry *entry,
	struct rdb_types_lineage *out, struct rdb_err *err);

/* The same if it is known already; reads nothing. -EAGAIN: it isn't. */
int rdb_types_lineage_known(
	struct rdb_types *types, const struct rdb_entry *entry, struct rdb_types_lineage *out);

/* A lineage that comes from elsewhere, to be compared with those; takes it over. 0 or -ENOMEM. */
int rdb_types_lineage_of(
	struct rdb_types *types, struct rdb_lineage *lineage, struct rdb_types_lineage *out);

/* Reads it anew, whatever is remembered. */
void rdb_types_look(
	struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX]);

#endif
