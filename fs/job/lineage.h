/*
 * Lineage of a backup: the cluster of which the backup was made, and the scope of the backup (the
 * databases and tables that it was meant to contain). Both are read from the facts in an archive
 * that rdbfs wrote, a JSON text about the backup (index/embed.h). RethinkDB does not give a cluster
 * an id, so clusters are recognised by the ids of their databases. Two backups are from the same
 * cluster if they have a database id in common, or if each shares an id with a third backup.
 */
#ifndef RDB_JOB_LINEAGE_H
#define RDB_JOB_LINEAGE_H

#include "base/source.h"
#include "job/scope.h"

#include <pthread.h>

/* The scope of a backup (its selection of tables) and the cluster of the backup. The object does
 * not change after its creation. */
struct rdb_lineage {
	struct rdb_scope scope;
	const char *const *databases; /* sorted ids of databases; empty if the cluster is unknown */
	size_t database_count;
	void *memory; /* memory of all strings and lists above */
};

/*
 * Reads from an archive of which cluster the backup was made, and which databases and tables it was
 * meant to contain (its scope). Stores the result in *out, which the caller owns. An archive of an
 * early version of rdbfs does not say this; then the scope is everything, and the cluster is
 * unknown. Returns 0, -ENOMEM, an error of rdb_source_pread(), or
 *   -ENOENT if the archive was not written by rdbfs;
 *   -EBADMSG if the archive's index is damaged.
 */
int rdb_lineage_read(struct rdb_source *source, struct rdb_lineage **out, struct rdb_err *err);

/* Parses the facts of an archive, a JSON text about the backup, and stores in *out the cluster of
 * the backup and the tables that it was meant to contain. The caller owns *out. Returns 0, -EBADMSG
 * if the text is malformed, or -ENOMEM. */
int rdb_lineage_parse(const char *facts, struct rdb_lineage **out, struct rdb_err *err);

/* Frees a lineage (the cluster and scope of a backup). Accepts NULL. */
void rdb_lineage_free(struct rdb_lineage *lineage);

/* ---- a set of them ---- */

/* Set of lineages, each of which says of which cluster and tables a backup was made. The set has no
 * duplicates, and is grouped by cluster. Any thread may call the functions for the set. */
struct rdb_lineages {
	pthread_mutex_t lock; /* guards the rest */
	struct rdb_lineage_member *members;
	size_t count, cap;
};

void rdb_lineages_init(struct rdb_lineages *all);
void rdb_lineages_destroy(struct rdb_lineages *all);

/* Adds a lineage (cluster and scope of a backup) to the set, unless the set has an equal lineage.
 * Stores the set's lineage in *out, valid as long as the set. Takes ownership of "lineage", even
 * after an error. Returns 0 or -ENOMEM. */
int rdb_lineages_add(
	struct rdb_lineages *all, struct rdb_lineage *lineage, const struct rdb_lineage **out);

/* Returns a number that identifies a cluster within the set "all", or 0 if the cluster is unknown.
 * "lineage" describes a backup of this cluster. Backups of one cluster have the same number. The
 * number may change when a lineage is added to the set, because the new lineage may show that two
 * clusters are the same cluster. */
size_t rdb_lineages_cluster(struct rdb_lineages *all, const struct rdb_lineage *lineage);

#endif
