#include "upload/upload_table.h"

#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- one table ---- */

static void table_free(struct rdb_upload_table *table)
{
	rdb_upload_node_unref(table->dir);
	rdb_buf_free(&table->info);
	rdb_buf_free(&table->partial);
	pthread_mutex_destroy(&table->lock);
	free(table->db);
	free(table->name);
	free(table);
}

static struct rdb_upload_table *table_new(
	struct rdb_uploads *all, struct rdb_upload_node *dir, const char *name)
{
	struct rdb_upload_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->all = all;
	table->dir = rdb_upload_node_ref(dir);
	table->db = rdb_upload_node_name(dir);
	table->name = strdup(name);
	table->refs = 1;
	pthread_mutex_init(&table->lock, NULL);
	if (table->db && table->name)
		return table;
	table_free(table);
	return NULL;
}

struct rdb_upload_table *rdb_upload_table_ref(struct rdb_upload_table *table)
{
	pthread_mutex_lock(&table->all->lock);
	table->refs++;
	pthread_mutex_unlock(&table->all->lock);
	return table;
}

void rdb_upload_table_unref(struct rdb_upload_table *table)
{
	struct rdb_uploads *all = table->all;
	bool last;

	pthread_mutex_lock(&all->lock);
	last = --table->refs == 0;
	if (last)
		LIST_REMOVE(table, link);
	pthread_mutex_unlock(&all->lock);
	if (last)
		table_free(table);
}

/* The caller holds like->all->lock. */
static struct rdb_upload_table *table_find(const struct rdb_upload_table *like)
{
	struct rdb_upload_table *table;

	/* Compare the names of the databases in addition to the directories. A directory that was
	 * renamed stands for a different database than before. */
	LIST_FOREACH(table, &like->all->tables, link)
	if (table->dir == like->dir && strcmp(table->db, like->db) == 0 &&
		strcmp(table->name, like->name) == 0)
		return table;
	return NULL;
}

static struct rdb_upload_table *table_get(
	struct rdb_uploads *all, struct rdb_upload_node *dir, const char *name)
{
	struct rdb_upload_table *made = table_new(all, dir, name), *table;

	if (!made)
		return NULL;
	pthread_mutex_lock(&all->lock);
	table = table_find(made);
	if (table)
		table->refs++;
	else
		LIST_INSERT_HEAD(&all->tables, made, link);
	pthread_mutex_unlock(&all->lock);
	if (!table)
		return made;
	table_free(made);
	return table;
}

/* ---- parts ---- */

/* Stores the table in the upload and in the upload's node. The upload takes over the caller's
 * reference to the table. The node gets a new reference, and releases its previous table. */
static void belong(struct rdb_upload *upload, struct rdb_upload_table *table)
{
	struct rdb_upload_table *before;

	pthread_mutex_lock(&upload->lock);
	upload->table = table;
	pthread_mutex_unlock(&upload->lock);
	rdb_upload_table_ref(table);
	pthread_mutex_lock(&upload->all->lock);
	before = upload->entry->table;
	upload->entry->table = table;
	pthread_mutex_unlock(&upload->all->lock);
	if (before)
		rdb_upload_table_unref(before);
}

int rdb_upload_table_join(struct rdb_upload *upload, struct rdb_err *err)
{
	struct rdb_upload_node *dir = rdb_upload_node_parent(upload->entry);
	struct rdb_upload_table *table;

	if (!dir)
		return rdb_err_set(err, ENOENT, "its directory was removed");
	if (dir == upload->all->entries.root) {
		rdb_upload_node_unref(dir);
		return rdb_err_set(err, EINVAL,
			"it is not in a database: copy it to restore/DATABASE/%s",
			upload->name.file);
	}
	table = table_get(upload->all, dir, upload->name.table);
	rdb_upload_node_unref(dir);
	if (!table)
		return rdb_err_sys(err, ENOMEM, "restoring");
	belong(upload, table);
	return 0;
}

/* Returns true if the restore can continue only with an upload of an .info file. The caller holds
 * the table's lock. */
static bool waits_for_info(const struct rdb_upload_restore *restore)
{
	return restore->phase >= RDB_UPLOAD_PHASE_HELD &&
	       !restore->parts[RDB_UPLOAD_METADATA].upload &&
	       !rdb_upload_restore_is_completing(restore);
}

void rdb_upload_table_forget(struct rdb_upload_table *table, enum rdb_upload_kind kind)
{
	struct rdb_upload_restore *restore;

	pthread_mutex_lock(&table->lock);
	restore = table->restore;
	if (kind == RDB_UPLOAD_INFO)
		rdb_buf_free(&table->info);
	else if (restore && waits_for_info(restore))
		rdb_upload_restore_retire(restore, NULL);
	pthread_mutex_unlock(&table->lock);
}

/* ---- all tables ---- */

/* Returns a table that has a restore, or NULL if no table has a restore. Stores the restore's
 * address in *out. The caller may compare the address with table->restore, but must not read the
 * restore, because another thread may free the restore. The caller must release the table. */
static struct rdb_upload_table *any_restored(
	struct rdb_uploads *all, const struct rdb_upload_restore **out)
{
	struct rdb_upload_table *table = NULL;
	struct rdb_upload_restore *restore;

	pthread_mutex_lock(&all->lock);
	restore = LIST_FIRST(&all->restores);
	if (restore) {
		table = restore->table;
		table->refs++;
	}
	pthread_mutex_unlock(&all->lock);
	*out = restore;
	return table;
}

/* Detaches the restore from its table, and cancels unfinished work, because the file system is
 * being unmounted. Logs an error if all documents have arrived, but the .info file has not. The
 * caller holds restore->table->lock. */
static void stop(struct rdb_upload_restore *restore)
{
	const struct rdb_upload_table *table = restore->table;

	if (restore->phase == RDB_UPLOAD_PHASE_HELD)
		rdb_log_error("%s.%s was not restored: its %s.info was never copied", table->db,
			table->name, table->name);
	rdb_upload_restore_retire(restore, NULL);
}

void rdb_upload_tables_stop(struct rdb_uploads *all)
{
	const struct rdb_upload_restore *restore;
	struct rdb_upload_table *table;

	while ((table = any_restored(all, &restore))) {
		pthread_mutex_lock(&table->lock);
		if (table->restore == restore)
			stop(table->restore);
		pthread_mutex_unlock(&table->lock);
		rdb_upload_table_unref(table);
	}
}
