/*
 * Cache of the type and the lineage (job/lineage.h) of each backup in a store. A type, such as
 * daily or on-demand, is read from the archive's header, unless the store knows how a backup was
 * made. It is "imported" if the header has no type, or the archive was made at another place
 * (writer/home.h). A mirror's copy has the type and, as its cluster, the deployment that the
 * hosting service names.
 *
 * Each version of a backup is read once: 192 bytes, or an object's metadata, for the type, and the
 * archive's index for the lineage. For a remote store, the results are also written to a file
 * (job/types_file.h). Any thread may call.
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

/* Creates a cache of the types of a store's backups. The store must outlive the cache. Returns 0 or
 * -ENOMEM. */
int rdb_types_create(struct rdb_store *store, struct rdb_types **out);
void rdb_types_destroy(struct rdb_types *types);

/* Stores the type of a backup, such as "daily". If the archive cannot be read now, stores
 * "imported" without caching this type. The next call then tries again to read the archive. */
void rdb_types_get(struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX]);

/* Gets the type of a backup without reading the archive. Returns false if the type is not known
 * yet. */
bool rdb_types_known(
	struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX]);

/* Stores in "type" the type that the backup had when it was made, or "imported" if this type is
 * unknown. Returns true if the backup still counts as this type: the archive has its original name
 * and folder, or comes from a hosting service. Otherwise, returns false. May read the archive. */
bool rdb_types_made(
	struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX]);

/* The scope of a backup (the databases and tables that it was meant to contain) and its cluster.
 * Retention compares a backup only with backups of the same cluster that have the same or a wider
 * scope. */
struct rdb_types_lineage {
	const struct rdb_scope *scope; /* valid as long as the struct rdb_types */
	size_t cluster;                /* 0: unknown */
};

/*
 * Stores a backup's scope and cluster in *out. Reads the archive if the scope and cluster are
 * not cached.
 * Returns:
 *   0         success
 *   -ENOENT   rdbfs did not make the backup, or the backup is a folder
 *   -EBADMSG  the archive's index is damaged
 *   other     the archive could not be read; the next call tries again
 */
int rdb_types_lineage(struct rdb_types *types, const struct rdb_entry *entry,
	struct rdb_types_lineage *out, struct rdb_err *err);

/* Does the same as rdb_types_lineage(), and reads the archive from a source that the caller has
 * opened. */
int rdb_types_lineage_from(struct rdb_types *types, const struct rdb_entry *entry,
	struct rdb_source *source, struct rdb_types_lineage *out, struct rdb_err *err);

/* Returns the time at which a backup was taken. Before rdb_types_lineage() has read the archive,
 * the result may be only the backup's time in the store's listing. */
time_t rdb_types_taken(struct rdb_types *types, const struct rdb_entry *entry);

/* Does the same as rdb_types_lineage() without reading the archive. Returns -EAGAIN if the archive
 * must be read. */
int rdb_types_lineage_known(
	struct rdb_types *types, const struct rdb_entry *entry, struct rdb_types_lineage *out);

/* Stores in *out the scope (databases and tables) of "lineage" and the number of the lineage's
 * cluster. Lineages of one cluster have the same number. Takes ownership of "lineage", even after
 * an error. Returns 0, or -ENOMEM if memory is exhausted. */
int rdb_types_lineage_of(
	struct rdb_types *types, struct rdb_lineage *lineage, struct rdb_types_lineage *out);

/* Reads the type of a backup from the archive, not from the cache, because the archive may have
 * been replaced. */
void rdb_types_look(
	struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX]);

#endif
