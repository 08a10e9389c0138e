/*
 * Type of each backup, as its archive's header says: daily, on-demand, …; "imported" if the header
 * says nothing, or was written for another place (writer/home.h). Also the lineage of each backup.
 * Both are read once per version of a backup and remembered.
 *
 * Where the store itself says what made a backup (struct rdb_entry), that is its type, and nothing
 * is read.
 *
 * Any thread may call. rdb_types_get() and rdb_types_made() read 192 bytes of an archive not seen
 * before, or ask a remote store for the object's metadata; rdb_types_lineage() reads its index. Of
 * remote stores both are kept in the store's cache folder (job/types_file.h).
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

/* The store must outlive it. 0 or -ENOMEM. */
int rdb_types_create(struct rdb_store *store, struct rdb_types **out);
void rdb_types_destroy(struct rdb_types *types);

/* "imported" also if it can't be read now; then the next call reads again. */
void rdb_types_get(struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX]);

/* The same without reading; false: not known yet. */
bool rdb_types_known(
	struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX]);

/* Type from the header, wherever the archive was made. true: it was made in this place. */
bool rdb_types_made(
	struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX]);

/* The part of a backup's lineage that retention needs. */
struct rdb_types_lineage {
	const struct rdb_scope *scope; /* valid as long as the types exist */
	size_t cluster;                /* 0: not known */
};

/*
 *   -ENOENT   rdbfs did not write it
 *   -EBADMSG  its index is damaged
 *   -ESTALE -EACCES -EIO -ENOMEM -EMFILE  it can't be read now; the next call reads again
 */
int rdb_types_lineage(struct rdb_types *types, const struct rdb_entry *entry,
	struct rdb_types_lineage *out, struct rdb_err *err);

/* The same without reading. -EAGAIN: not known yet. */
int rdb_types_lineage_known(
	struct rdb_types *types, const struct rdb_entry *entry, struct rdb_types_lineage *out);

/* Adds a lineage from elsewhere, to be compared with the others; takes ownership. 0 or -ENOMEM. */
int rdb_types_lineage_of(
	struct rdb_types *types, struct rdb_lineage *lineage, struct rdb_types_lineage *out);

/* Reads it again, ignoring the remembered result. */
void rdb_types_look(
	struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX]);

#endif
