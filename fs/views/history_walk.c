#include "views/history.h"

#include "tree/listed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Opens a backup's archive, and waits until all tables of the backup are known. The caller has
 * called rdb_backup_use(). */
static int open_backup(
	struct rdb_backup *backup, const struct rdb_cancel *cancel, struct rdb_archive **archive)
{
	int ret = rdb_backup_open_wait(backup, archive);

	return ret ? ret : rdb_archive_list_complete(*archive, cancel);
}

static int note_taken(void *arg, const struct rdb_history_backup *backup)
{
	*(time_t *)arg = rdb_backup_taken(backup->backup);
	return 0;
}

/* Stores the backups of the listing, newest first, in *backups. The caller frees *backups. */
static int sort(struct rdb_mount *mount, const struct rdb_listing *listing,
	const struct rdb_cancel *cancel, struct rdb_aged_entry **backups)
{
	struct rdb_aged_entry *out = calloc(listing->count + 1, sizeof(*out));
	int ret = out ? 0 : -ENOMEM;

	for (size_t i = 0; ret == 0 && i < listing->count; i++) {
		out[i] = (struct rdb_aged_entry){listing->entries[i], listing->entries[i]->taken};
		/* If the listing has only the file's modification time, read the backup's time from
		 * the archive. Otherwise, keep the listing's time, because history/ shows the same
		 * time (rdb_backup_mtime()). */
		if (!out[i].entry->dated)
			ret = rdb_history_visit(
				mount, out[i].entry, cancel, note_taken, &out[i].taken);
	}
	if (ret != 0) {
		free(out);
		return ret;
	}
	qsort(out, listing->count, sizeof(*out), rdb_aged_entry_by_age);
	*backups = out;
	return 0;
}

int rdb_history_visit(struct rdb_mount *mount, const struct rdb_entry *entry,
	const struct rdb_cancel *cancel,
	int (*visit)(void *arg, const struct rdb_history_backup *backup), void *arg)
{
	struct rdb_history_backup at = {0};
	int ret = rdb_backups_get(rdb_backup_tree_of(mount)->backups, entry, &at.backup);

	if (ret != 0)
		return ret;
	rdb_backup_use(at.backup);
	at.error = open_backup(at.backup, cancel, &at.archive);
	if (at.error != 0)
		at.archive = NULL;
	if (at.error == -ECANCELED || at.error == -ENOTCONN)
		ret = -ECANCELED;
	else if (at.error != -ESTALE)
		ret = visit(arg, &at);
	rdb_backup_unuse(at.backup);
	rdb_backup_unref(at.backup);
	return ret;
}

int rdb_history_walk(struct rdb_mount *mount, const struct rdb_listing *listing,
	enum rdb_history_order order, const struct rdb_cancel *cancel,
	int (*visit)(void *arg, const struct rdb_history_backup *backup), void *arg)
{
	struct rdb_aged_entry *backups;
	int ret = sort(mount, listing, cancel, &backups);

	if (ret != 0)
		return ret;
	for (size_t i = 0; ret == 0 && i < listing->count; i++) {
		size_t at = order == RDB_HISTORY_NEWEST_FIRST ? i : listing->count - 1 - i;

		ret = rdb_cancel_fired(cancel)
			      ? -ECANCELED
			      : rdb_history_visit(mount, backups[at].entry, cancel, visit, arg);
	}
	free(backups);
	return ret;
}

int rdb_history_walk_for(struct rdb_view_request *request, enum rdb_history_order order,
	int (*visit)(void *arg, const struct rdb_history_backup *backup))
{
	const struct rdb_listing *listing;
	int ret = rdb_listed_current(request->mount, &listing);

	if (ret != 0)
		return ret;
	ret = rdb_history_walk(request->mount, listing, order, request->cancel, visit, request);
	rdb_listing_unref(listing);
	return ret;
}
