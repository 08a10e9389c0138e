/*
 * Where a backup comes from: its scope, and the cluster that it was taken of, as the facts in an
 * archive say that rdbfs wrote (archive/embed.h). A cluster has no identity of its own, so that of
 * its databases stands for it: two backups that share the id of a database are of one cluster, and
 * so are two that each share one with a third.
 */
#ifndef RDB_JOB_LINEAGE_H
#define RDB_JOB_LINEAGE_H

#include "base/source.h"
#include "job/scope.h"

#include <pthread.h>

/* Immutable. */
struct rdb_lineage {
	struct rdb_scope scope;
	const char *const *databases; /* ids, sorted; none: the cluster isn't known */
	size_t database_count;
	void *memory; /* of all of it */
};

/*
 * Reads the facts of an archive. *out is the caller's. Facts that don't say so are those of an
 * older rdbfs: everything, of an unknown cluster.
 *   -ENOENT   rdbfs didn't write it
 *   -EBADMSG  it is damaged: the words say how
 *   -ENOMEM, and what the source's pread returned
 */
int rdb_lineage_read(struct rdb_source *source, struct rdb_lineage **out, struct rdb_err *err);

/* The same of facts that have been read: a JSON object. -EBADMSG, -ENOMEM. */
int rdb_lineage_parse(const char *facts, struct rdb_lineage **out, struct rdb_err *err);

/* NULL is nothing. */
void rdb_lineage_free(struct rdb_lineage *lineage);

/* ---- a set of them ---- */

/* Keeps each lineage once, and knows which are of one cluster. Any thread may call. */
struct rdb_lineages {
	pthread_mutex_t lock; /* guards the rest */
	struct rdb_lineage_member *members;
	size_t count, cap;
};

void rdb_lineages_init(struct rdb_lineages *all);
void rdb_lineages_destroy(struct rdb_lineages *all);

/* Takes the lineage over, also on failure; *out is its equal in the set, for as long as the set
 * exists. 0 or -ENOMEM. */
int rdb_lineages_add(
	struct rdb_lineages *all, struct rdb_lineage *lineage, const struct rdb_lineage **out);

/* The number of its cluster among those of the set, from 1; 0: not known. It is another one when
 * a lineage was added meanwhile that ties two clusters together. */
size_t rdb_lineages_cluster(struct rdb_lineages *all, const struct rdb_lineage *lineage);

#endif
