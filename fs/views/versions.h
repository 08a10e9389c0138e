/*
 * Versions of one document. Each run of backups with the same content has one version, of its
 * oldest backup; so has each run without the document after it was present. Immutable. Threads:
 * any.
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
 * Returns the versions of a document, with one reference. Waits until every backup has been read.
 *   -ENOENT     no backup has this document
 *   -EIO        no readable backup has the document
 *   -ECANCELED -ENOMEM
 */
int rdb_versions_get(struct rdb_mount *mount, const struct rdb_history_name *table,
	const char *name, const struct rdb_cancel *cancel, struct rdb_versions **out);
struct rdb_versions *rdb_versions_ref(struct rdb_versions *versions);
void rdb_versions_unref(struct rdb_versions *versions); /* accepts NULL */

/* Drops the histories kept for later requests. */
void rdb_versions_forget(struct rdb_views *views);

#endif
