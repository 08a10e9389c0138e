/* Functions that call the optional operations of a store. If the kind of store lacks the operation,
 * the function returns an error or a default. */
#include "store/store.h"

#include "base/formatted.h"

#include <errno.h>
#include <stdlib.h>

static int never_writable(const struct rdb_store *store, struct rdb_err *err)
{
	return rdb_err_set(err, EROFS, "%s is read-only: backups can be neither made nor removed",
		store->where);
}

char *rdb_store_address(struct rdb_store *store, const struct rdb_entry *entry)
{
	if (store->ops->address)
		return store->ops->address(store, entry);
	return rdb_formatted(
		"%s%s%s", store->where, rdb_store_separator(store->where), entry->path);
}

char *rdb_store_address_single(struct rdb_store *store, const struct rdb_entry *entry)
{
	(void)entry;
	return strdup(store->where);
}

int rdb_store_open_folder(
	struct rdb_store *store, const struct rdb_entry *entry, int *dirfd, struct rdb_err *err)
{
	if (!store->ops->open_folder)
		return rdb_err_set(err, ENOTSUP, "%s has no folders", store->where);
	return store->ops->open_folder(store, entry, dirfd, err);
}

int rdb_store_copied(
	struct rdb_store *store, const struct rdb_entry *entry, struct rdb_store_copy *out)
{
	return store->ops->copied ? store->ops->copied(store, entry, out) : -ENOENT;
}

int rdb_store_can_create(struct rdb_store *store, struct rdb_err *err)
{
	return store->ops->can_create ? store->ops->can_create(store, err)
				      : never_writable(store, err);
}

int rdb_store_create(struct rdb_store *store, const struct rdb_new_backup *backup,
	struct rdb_output **out, struct rdb_err *err)
{
	return store->ops->create ? store->ops->create(store, backup, out, err)
				  : never_writable(store, err);
}

int rdb_store_trigger(
	struct rdb_store *store, struct rdb_store_trigger *trigger, struct rdb_err *err)
{
	return store->ops->trigger ? store->ops->trigger(store, trigger, err)
				   : never_writable(store, err);
}

int rdb_store_cluster(struct rdb_store *store, struct rdb_store_cluster *out, struct rdb_err *err)
{
	*out = (struct rdb_store_cluster){0};
	if (!store->ops->cluster)
		return rdb_err_set(err, ENOTSUP, "%s does not describe its cluster", store->where);
	return store->ops->cluster(store, out, err);
}

void rdb_store_cluster_free(struct rdb_store_cluster *cluster)
{
	if (cluster->connect)
		explicit_bzero(cluster->connect, strlen(cluster->connect));
	free(cluster->connect);
	free(cluster->certificate);
	*cluster = (struct rdb_store_cluster){0};
}

bool rdb_store_can_trigger(const struct rdb_store *store)
{
	return store->ops->trigger != NULL;
}

int rdb_store_clean(struct rdb_store *store, struct rdb_err *err)
{
	return store->ops->clean ? store->ops->clean(store, err) : never_writable(store, err);
}

int rdb_store_remove(struct rdb_store *store, const struct rdb_entry *entry, struct rdb_err *err)
{
	return store->ops->remove ? store->ops->remove(store, entry, err)
				  : never_writable(store, err);
}

int rdb_store_space(struct rdb_store *store, uint64_t *total, uint64_t *free_bytes)
{
	return store->ops->space ? store->ops->space(store, total, free_bytes) : -ENOSYS;
}

bool rdb_store_is_single(const struct rdb_store *store)
{
	return store->ops->address == rdb_store_address_single;
}

bool rdb_store_can_remove(const struct rdb_store *store)
{
	return store->ops->remove != NULL;
}

bool rdb_store_lists(struct rdb_store *store, const char *file)
{
	const struct rdb_listing *listing;
	bool listed;

	if (rdb_store_list(store, &listing, NULL) != 0)
		return false;
	listed = rdb_listing_find_file(listing, file) != NULL;
	rdb_listing_unref(listing);
	return listed;
}
