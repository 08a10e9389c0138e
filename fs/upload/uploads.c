#include "upload/uploads.h"

#include "staging/spare.h"
#include "upload/upload_tree.h"

#include <errno.h>
#include <stdlib.h>

#define THREADS 256 /* most tables and whole backups restored at once */

static void entry_freed(struct rdb_upload_node *entry)
{
	if (entry->table)
		rdb_upload_table_unref(entry->table);
}

static void add_directory(struct rdb_uploads *all)
{
	const struct rdb_fixed restore = {
		.name = "restore",
		.node = {.ino = RDB_INO_RESTORE,
			.ops = &rdb_upload_dir_ops,
			.entry = all->entries.root},
		.parent = RDB_INO_ROOT,
	};

	rdb_tree_add(all->mount, &restore);
}

int rdb_uploads_create(
	struct rdb_mount *mount, const struct rdb_uploads_config *config, struct rdb_uploads **out)
{
	struct rdb_uploads *all = calloc(1, sizeof(*all));
	int ret;

	if (!all)
		return -ENOMEM;
	all->config = *config;
	all->mount = mount;
	ret = rdb_upload_nodes_init(
		&all->entries, mount->config.uid, mount->config.gid, entry_freed);
	if (ret != 0)
		goto fail;
	ret = rdb_pool_create(THREADS, false, &all->pool);
	if (ret != 0)
		goto fail_nodes;
	if (config->cluster)
		ret = rdb_spares_create(config->cluster, config->policy.leftovers, &all->spares);
	if (ret != 0)
		goto fail_pool;
	pthread_mutex_init(&all->lock, NULL);
	add_directory(all);
	*out = all;
	return 0;
fail_pool:
	rdb_pool_destroy(all->pool);
fail_nodes:
	rdb_upload_nodes_destroy(&all->entries);
fail:
	free(all);
	return ret;
}

int rdb_uploads_start(struct rdb_uploads *all)
{
	return rdb_pool_start(all->pool);
}

static struct rdb_upload *any_upload(struct rdb_uploads *all)
{
	struct rdb_upload *upload;

	pthread_mutex_lock(&all->lock);
	LIST_FOREACH(upload, &all->list, link)
	if (upload->entry->upload == upload)
		break;
	rdb_upload_ref(upload);
	pthread_mutex_unlock(&all->lock);
	return upload;
}

void rdb_uploads_stop(struct rdb_uploads *all)
{
	struct rdb_upload *upload;

	atomic_store(&all->stopping, true);
	while ((upload = any_upload(all))) {
		rdb_upload_cancel(upload, "the mount is ending");
		rdb_upload_unref(upload);
	}
	for (size_t i = 0; i < RDB_DOCUMENT_REQUESTS; i++)
		rdb_document_writer_stop(all->documents[i]);
	rdb_upload_tables_stop(all);
	rdb_pool_destroy(all->pool);
	all->pool = NULL;
	rdb_spares_destroy(all->spares);
	all->spares = NULL;
	for (size_t i = 0; i < RDB_DOCUMENT_REQUESTS; i++) {
		rdb_document_writer_free(all->documents[i]);
		all->documents[i] = NULL;
	}
}

void rdb_uploads_destroy(struct rdb_uploads *all)
{
	if (!all)
		return;
	rdb_upload_nodes_destroy(&all->entries);
	pthread_mutex_destroy(&all->lock);
	free(all);
}
