/*
 * Versions of one document, called its history. Consecutive backups with the same content form a
 * run. Each run has one version, that of its oldest backup. Backups without the document form runs
 * too, if an older backup has the document. Immutable. Any thread may call; rdb_versions_get()
 * waits until every backup was read.
 */
#ifndef RDB_VIEWS_VERSIONS_H
#define RDB_VIEWS_VERSIONS_H

#include "views/history.h"
#include "views/view_document.h"
#include "json/key_name.h"

struct rdb_version {
	char *name; /* BACKUP.json or BACKUP.removed */
	struct rdb_view_document *document;
};

struct rdb_versions {
	atomic_uint refs;
	uint32_t number; /* for rdb_view_ino() */
	const struct rdb_history_name *table;
	const struct rdb_listing *listing; /* listing of the backups read; with a reference */
	char name[RDB_KEY_NAME_MAX + 1];   /* name of the key's file, without ".json" */
	struct rdb_version *items;         /* oldest first */
	size_t count, room;
	time_t taken; /* time of the newest version */
};

/*
 * Stores the versions of a document in *out. "name" is the name of the document's file without
 * .json. Waits until all backups were read. The caller releases *out with rdb_versions_unref().
 *
 * Returns:
 *   0           the versions are stored
 *   -ENOENT     no backup has the document
 *   -EIO        no readable backup has the document, but an unreadable backup might
 *   -ECANCELED  the wait was cancelled
 *   -ENOMEM     memory is exhausted
 *   other       an error of rdb_listed_current()
 */
int rdb_versions_get(struct rdb_mount *mount, const struct rdb_history_name *table,
	const char *name, const struct rdb_cancel *cancel, struct rdb_versions **out);
struct rdb_versions *rdb_versions_ref(struct rdb_versions *versions);
void rdb_versions_unref(struct rdb_versions *versions); /* accepts NULL */

/* Drops all cached histories. */
void rdb_versions_forget(struct rdb_views *views);

#endif
