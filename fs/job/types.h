/*
 * Cache of the type of each backup in a store, and of its lineage: its cluster, and the databases
 * and tables that it was meant to contain (its scope, job/lineage.h). The type of a backup is
 * daily, on-demand and so on, and is read from the header of its archive. It is "imported" if the
 * header has no type, or if the archive was made at another place (writer/home.h). If the store
 * itself knows how a backup was made (struct rdb_entry), the type is taken from the store, and the
 * archive is not read. For a copy that a mirror made of a backup at a hosting
 * service, the type is the service's type of the backup, and the cluster is the service's
 * deployment.
 *
 * Types and lineages are read once for each version of a backup and then cached. For a remote
 * store, they are also written to a file in the cache folder of the store (job/types_file.h).
 *
 * Any thread may call. For an unknown archive, rdb_types_get() and rdb_types_made() read 192 bytes,
 * or request the metadata of the object from a remote store. rdb_types_lineage() reads the index of
 * the archive.
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

/* Creates the object that looks up and caches the types of a store's backups, for example "daily"
 * or "on-demand". The store must outlive the object. Returns 0 or -ENOMEM. */
int rdb_types_create(struct rdb_store *store, struct rdb_types **out);
void rdb_types_destroy(struct rdb_types *types);

/* Stores in "type" the type of a backup: a text such as "daily" or "on-demand", or "imported" if
 * another program made the backup. If the archive cannot be read now, stores "imported" for the
 * time being, and the next call reads the archive again. */
void rdb_types_get(struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX]);

/* Gets the type of a backup without reading the archive. Returns false if the type is not known
 * yet. */
bool rdb_types_known(
	struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX]);

/* Stores in the array "type" the type of the backup (for example "daily") that the archive's header
 * names, or "imported" if the header names no type or cannot be read. Returns true if the archive
 * was made in this folder under its present name. Returns false if the archive was copied, moved or
 * renamed, or if its header cannot be read. */
bool rdb_types_made(
	struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX]);

/* The databases and tables of a backup (its scope), and the cluster that the backup was made from.
 * Retention applies its rules separately to backups that differ in these values. */
struct rdb_types_lineage {
	const struct rdb_scope *scope; /* valid as long as the struct rdb_types */
	size_t cluster;                /* 0: unknown */
};

/*
 * Stores in *out the cluster of a backup, and the databases and tables that the backup was meant to
 * contain (its scope). Returns 0, -ENOENT if another program than rdbfs wrote the archive, or
 * -EBADMSG if the archive's index is damaged. If the archive cannot be read now, returns -ESTALE,
 * -EACCES, -EIO, -ENOMEM or -EMFILE; the next call then reads the archive again.
 */
int rdb_types_lineage(struct rdb_types *types, const struct rdb_entry *entry,
	struct rdb_types_lineage *out, struct rdb_err *err);

/* Stores in *out the cluster of a backup, and the databases and tables that the backup was meant to
 * contain, without reading the archive. Returns 0, -EAGAIN if the archive must be read, or an error
 * of rdb_types_lineage(). */
int rdb_types_lineage_known(
	struct rdb_types *types, const struct rdb_entry *entry, struct rdb_types_lineage *out);

/* Stores in *out the databases and tables that "lineage" names, and the number that "types" has
 * given to the cluster in "lineage". Retention groups backups by these values. "lineage" describes
 * the cluster and the tables of a backup, or of the backups that a schedule will make. Takes
 * ownership of "lineage", even after an error. Returns 0 or -ENOMEM. */
int rdb_types_lineage_of(
	struct rdb_types *types, struct rdb_lineage *lineage, struct rdb_types_lineage *out);

/* Reads the type of a backup, for example "daily" or "on-demand", from the archive, and stores it
 * in the array "type". Does not use the cached type, because the archive may have been replaced
 * meanwhile. */
void rdb_types_look(
	struct rdb_types *types, const struct rdb_entry *entry, char type[RDB_TYPE_MAX]);

#endif
