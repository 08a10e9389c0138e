/*
 * Origin of a backup: its scope and its cluster, from the facts in an archive that rdbfs wrote
 * (index/embed.h). A cluster has no identity of its own, so the ids of its databases are used:
 * two backups with a common database id are of one cluster, and so are two backups that each share
 * an id with a third.
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
 * Reads the facts of an archive. The caller owns *out. An archive of an older rdbfs lacks them:
 * then the scope is everything and the cluster is unknown.
 *   -ENOENT   the archive was not written by rdbfs
 *   -EBADMSG  the archive is damaged; err says how
 *   -ENOMEM, and errors of the source's pread
 */
int rdb_lineage_read(struct rdb_source *source, struct rdb_lineage **out, struct rdb_err *err);

/* Parses facts in memory: a JSON object. Returns 0, -EBADMSG or -ENOMEM. */
int rdb_lineage_parse(const char *facts, struct rdb_lineage **out, struct rdb_err *err);

/* Accepts NULL. */
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

/* Adds a lineage and takes ownership of it, also on failure. *out is the equal member of the set,
 * valid as long as the set. Returns 0 or -ENOMEM. */
int rdb_lineages_add(
	struct rdb_lineages *all, struct rdb_lineage *lineage, const struct rdb_lineage **out);

/* Number of the lineage's cluster within the set, from 1; 0: unknown. Changes when a lineage is
 * added that connects two clusters. */
size_t rdb_lineages_cluster(struct rdb_lineages *all, const struct rdb_lineage *lineage);

#endif
