/*
 * Origin of a backup: its scope and its cluster, from the facts in an archive that rdbfs wrote
 * (archive/embed.h). A cluster has no identity of its own, so its databases stand for it: two
 * backups that share a database's id are of one cluster, and so are two backups that each share one
 * with a third.
 */
#ifndef RDB_JOB_LINEAGE_H
#define RDB_JOB_LINEAGE_H

#include "base/source.h"
#include "job/scope.h"

#include <pthread.h>

/* Immutable. */
struct rdb_lineage {
	struct rdb_scope scope;
	const char *const *databases; /* ids, sorted; none: the cluster is unknown */
	size_t database_count;
	void *memory; /* owns all of the above */
};

/*
 * Reads the facts of an archive. The caller owns *out. An archive of an older rdbfs lacks them: its
 * scope is everything, its cluster unknown.
 *   -ENOENT   rdbfs did not write it
 *   -EBADMSG  it is damaged: the text says how
 *   -ENOMEM, and errors of the source's pread
 */
int rdb_lineage_read(struct rdb_source *source, struct rdb_lineage **out, struct rdb_err *err);

/* The same for facts in memory: a JSON object. -EBADMSG, -ENOMEM. */
int rdb_lineage_parse(const char *facts, struct rdb_lineage **out, struct rdb_err *err);

/* NULL is nothing. */
void rdb_lineage_free(struct rdb_lineage *lineage);

/* ---- a set of them ---- */

/* A set of distinct lineages, grouped by cluster. Any thread may call. */
struct rdb_lineages {
	pthread_mutex_t lock; /* guards the rest */
	struct rdb_lineage_member *members;
	size_t count, cap;
};

void rdb_lineages_init(struct rdb_lineages *all);
void rdb_lineages_destroy(struct rdb_lineages *all);

/* Takes ownership of the lineage, also on failure; *out is its equal in the set, valid as long as
 * the set exists. 0 or -ENOMEM. */
int rdb_lineages_add(
	struct rdb_lineages *all, struct rdb_lineage *lineage, const struct rdb_lineage **out);

/* Number of its cluster within the set, from 1; 0: unknown. Changes when a lineage is added that
 * connects two clusters. */
size_t rdb_lineages_cluster(struct rdb_lineages *all, const struct rdb_lineage *lineage);

#endif
