/*
 * Lineage of a backup: its cluster, and its scope (the databases and tables that it was meant to
 * contain). RethinkDB does not give a cluster an id, so clusters are recognised by the ids of their
 * databases. Two backups are from one cluster if they have a database id in common, or if each
 * shares an id with a third backup.
 */
#ifndef RDB_JOB_LINEAGE_H
#define RDB_JOB_LINEAGE_H

#include "io/source.h"
#include "job/scope.h"

#include <pthread.h>
#include <time.h>

/* A backup's cluster, and the tables that the backup was meant to contain. Constant after its
 * creation. */
struct rdb_lineage {
	struct rdb_scope scope;
	const char *const *databases; /* sorted ids of databases; empty if the cluster is unknown */
	size_t database_count;
	void *memory; /* memory of all strings and lists above */
};

/*
 * Reads the cluster and the scope (the intended tables) of a backup from its archive. Stores in
 * *started the recorded start of the backup, or 0 if none is recorded. The caller owns *out.
 * Returns:
 *   0         success
 *   -ENOENT   rdbfs did not write the archive
 *   -EBADMSG  the archive's index is damaged
 *   -ENOMEM   memory is short
 *   other     an error of rdb_source_pread()
 */
int rdb_lineage_read(
	struct rdb_source *source, struct rdb_lineage **out, time_t *started, struct rdb_err *err);

/* Reads the scope and cluster of a backup from the JSON text that its archive contains
 * (index/embed.h). The caller owns *out. Returns 0, -EBADMSG if malformed, or -ENOMEM. */
int rdb_lineage_parse(const char *facts, struct rdb_lineage **out, struct rdb_err *err);

/* Accepts NULL. */
void rdb_lineage_free(struct rdb_lineage *lineage);

/* ---- a set of them ---- */

/* Set of different lineages. A lineage is the cluster of a backup, and the databases and tables
 * that the backup was meant to contain. Any thread may use the set. */
struct rdb_lineages {
	pthread_mutex_t lock; /* guards the rest */
	struct rdb_lineage_member *members;
	size_t count, cap;
};

void rdb_lineages_init(struct rdb_lineages *all);
void rdb_lineages_destroy(struct rdb_lineages *all);

/* Adds "lineage" to the set "all", unless the set has an equal element. Stores the new or equal
 * element in *out. Takes ownership of "lineage", even after an error. Returns 0 or -ENOMEM. */
int rdb_lineages_add(
	struct rdb_lineages *all, struct rdb_lineage *lineage, const struct rdb_lineage **out);

/* Returns the cluster number of "lineage", or 0 if the cluster is unknown. Lineages of one cluster
 * have the same number. "lineage" must be a result of rdb_lineages_add(). The number may change
 * when another lineage is added. */
size_t rdb_lineages_cluster(struct rdb_lineages *all, const struct rdb_lineage *lineage);

#endif
