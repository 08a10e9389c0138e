/*
 * Type of each backup, from its archive's header: daily, on-demand, …; "imported" if the header
 * lacks it, or was written for another place (writer/home.h). Also the lineage of each backup. Both
 * are read once per version of a backup and cached.
 *
 * If the store itself records what made a backup (struct rdb_entry), that is its type, and the
 * archive is not read.
 *
 * Any thread may call. rdb_types_get() and rdb_types_made() read 192 bytes of an archive not seen
 * before, or request the object's metadata from a remote store; rdb_types_lineage() reads its
 * index. For remote stores both are kept in the store's cache folder (job/types_file.h).
 */
#ifndef RDB_JOB_TYPES_H
#define RDB_JOB_TYPES_H

#include "job/lineage.h"
#include "store/store.h"

#include <stdbool.h>

#define RDB_TYPE_MAX 17 /* including the NUL */
#define RDB_TYPE_ON_DEMAND "on-demand"
#define RDB_TYPE_IMPORTED "imported"

struct rdb_types;

/* Creates the types of a store, which must outlive them. Returns 0 or -ENOMEM. */
int rdb_types_create(struct rdb_store *store, struct rdb_types **out);
void rdb_types_destroy(struct rdb_types *types);

/* Gets a backup's type; "imported" also if the archive is unreadable now, then the next call
 * retries. */
void rdb_types_get(struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX]);

/* Gets a backup's type without reading the archive; returns false if it is not known yet. */
bool rdb_types_known(
	struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX]);

/* Reads the type from the header, wherever the archive was made. Returns true if it was made under
 * this name in this folder. */
bool rdb_types_made(
	struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX]);

/* The part of a backup's lineage that retention needs. */
struct rdb_types_lineage {
	const struct rdb_scope *scope; /* valid as long as the types exist */
	size_t cluster;                /* 0: unknown */
};

/*
 * Reads a backup's lineage.
 *   -ENOENT   the archive was not written by rdbfs
 *   -EBADMSG  its index is damaged
 *   -ESTALE -EACCES -EIO -ENOMEM -EMFILE  it is unreadable now; the next call retries
 */
int rdb_types_lineage(struct rdb_types *types, const struct rdb_entry *entry,
	struct rdb_types_lineage *out, struct rdb_err *err);

/* Gets a backup's lineage without reading the archive. -EAGAIN: not known yet. */
int rdb_types_lineage_known(
	struct rdb_types *types, const struct rdb_entry *entry, struct rdb_types_lineage *out);

/* Adds a lineage from elsewhere, to compare it with the others; takes ownership. Returns 0 or
 * -ENOMEM. */
int rdb_types_lineage_of(
	struct rdb_types *types, struct rdb_lineage *lineage, struct rdb_types_lineage *out);

/* Reads a backup's type from its header again, ignoring the cached result. */
void rdb_types_look(
	struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX]);

#endif
