/*
 * Lineage of a backup: its cluster, and its scope (the databases and tables that it was meant to
 * contain). RethinkDB does not give a cluster an id, so clusters are recognised by the ids of their
 * databases. Two backups are from one cluster if they have a database id in common, or if each
 * shares an id with a third backup.
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
 * Reads a lineage, which the caller owns, from an archive. If an early version of rdbfs has not
 * recorded it, the scope is everything, and the cluster unknown.
 *
 * Returns 0, -ENOENT if rdbfs did not write the archive, -EBADMSG if the archive's index is
 * damaged, or an error of rdb_source_pread().
 */
int rdb_lineage_read(struct rdb_source *source, struct rdb_lineage **out, struct rdb_err *err);

/* Parses the JSON text "facts" of an archive (index/embed.h). The caller owns *out. Returns 0,
 * -EBADMSG if the text is malformed, or -ENOMEM. */
int rdb_lineage_parse(const char *facts, struct rdb_lineage **out, struct rdb_err *err);

/* Frees a lineage (the cluster and scope of a backup). Accepts NULL. */
void rdb_lineage_free(struct rdb_lineage *lineage);

/* ---- a set of them ---- */

/* Set of different lineages, grouped by cluster. Any thread may call its functions. */
struct rdb_lineages {
	pthread_mutex_t lock; /* guards the rest */
	struct rdb_lineage_member *members;
	size_t count, cap;
};

void rdb_lineages_init(struct rdb_lineages *all);
void rdb_lineages_destroy(struct rdb_lineages *all);

/* Stores in *out the set's lineage that equals "lineage", after adding it if needed. Takes
 * ownership of "lineage", even after an error. Returns 0 or -ENOMEM. */
int rdb_lineages_add(
	struct rdb_lineages *all, struct rdb_lineage *lineage, const struct rdb_lineage **out);

/* Returns the number of a lineage's cluster, or 0 if unknown. The number may change when a new
 * lineage shows that two clusters are one. */
size_t rdb_lineages_cluster(struct rdb_lineages *all, const struct rdb_lineage *lineage);

#endif
