/* Repeated checks of files on the disk. A file or folder that is being written is checked until it
 * is complete. Complete folders and the targets of links are checked for changes that inotify does
 * not report. */
#include "base/wait.h"
#include "directory/directory_file.h"
#include "store/export.h"

#define FOLDERS_MAX 32 /* folders and links checked in one call */

/* Returns true if the file was not changed for RDB_STILL_MS, and its writer has closed the file.
 * Ignores the writer where inotify may miss the close. */
static bool is_still(
	const struct rdb_directory *d, const struct rdb_listed_file *file, nlink_t links)
{
	return rdb_wait_now() - file->since >= RDB_STILL_MS &&
	       (!file->writing || file->link || d->remote || d->inotify < 0 || links > 1);
}

static void look_at_archive(struct rdb_directory *d, struct rdb_listed_file *file)
{
	enum rdb_file_writer writer = RDB_WRITER_UNKNOWN;
	struct stat st;
	bool changed, link;

	/* Check the type before rdb_directory_probe() opens the file, because opening a device can
	 * have side effects. Read the attributes again after the probe, because opening a remote
	 * file refreshes the file's attributes. */
	if (rdb_directory_stat(d, file->name, &st, &link) == 0) {
		file->link = link;
		writer = rdb_directory_probe(d, file);
	}
	if (rdb_directory_stat(d, file->name, &st, &link) != 0) {
		rdb_file_table_remove(&d->table, file);
		return;
	}
	changed = rdb_file_update_archive(file, &st, link);
	if (writer == RDB_WRITER_NONE ||
		(writer == RDB_WRITER_UNKNOWN && !changed && is_still(d, file, st.st_nlink)))
		rdb_directory_complete(d, file);
	else
		rdb_directory_wait_for(d, file);
}

static void look_at_folder(struct rdb_directory *d, struct rdb_listed_file *file)
{
	struct timespec shallow = {0}, deep = {0};
	int is_export = rdb_export_probe(d->dir->fd, file->name, &shallow);

	if (is_export < 0 || (is_export && rdb_export_newest(d->dir->fd, file->name, &deep) != 0)) {
		rdb_file_table_remove(&d->table, file);
		return;
	}
	rdb_file_update(file, RDB_ENTRY_FOLDER, 0, is_export ? &deep : &shallow);
	if (is_export && rdb_wait_now() - file->since >= RDB_STILL_MS) {
		rdb_file_update(file, RDB_ENTRY_FOLDER, 0, &shallow);
		file->newest = deep;
		rdb_directory_complete(d, file);
	} else {
		rdb_directory_wait_for(d, file);
	}
}

static void look_behind_link(struct rdb_directory *d, struct rdb_listed_file *file)
{
	struct stat st;
	bool link;

	if (rdb_directory_stat(d, file->name, &st, &link) != 0)
		rdb_file_table_remove(&d->table, file);
	else if (rdb_file_update_archive(file, &st, link))
		rdb_directory_wait_for(d, file);
}

static void look_into_folder(struct rdb_directory *d, struct rdb_listed_file *file)
{
	struct timespec newest = {0};

	if (rdb_export_newest(d->dir->fd, file->name, &newest) == 0 &&
		rdb_directory_same_time(&newest, &file->newest))
		return;
	file->since = 0;
	rdb_file_update(file, RDB_ENTRY_FOLDER, 0, &newest);
	rdb_directory_wait_for(d, file);
}

void rdb_directory_look_into_folders(struct rdb_directory *d)
{
	size_t count = d->table.count, left = FOLDERS_MAX;

	/* End the loop when a check has removed the last file, because % would divide by zero. */
	for (size_t i = 0; i < count && left > 0 && d->table.count > 0; i++) {
		struct rdb_listed_file *file = d->table.files[d->next_folder++ % d->table.count];
		if (!file->complete || (file->kind != RDB_ENTRY_FOLDER && !file->link))
			continue;
		if (file->link)
			look_behind_link(d, file);
		else
			look_into_folder(d, file);
		left--;
	}
}

int64_t rdb_directory_look(struct rdb_directory *d)
{
	int64_t now = rdb_wait_now(), next = INT64_MAX;
	struct rdb_listed_file *file;

	/* Iterate from the end, because a missing file is removed from the table. */
	for (size_t i = d->table.count; i-- > 0;) {
		file = d->table.files[i];
		if (file->complete || file->due > now)
			continue;
		if (file->kind == RDB_ENTRY_FOLDER)
			look_at_folder(d, file);
		else
			look_at_archive(d, file);
	}
	for (size_t i = 0; i < d->table.count; i++) {
		file = d->table.files[i];
		if (!file->complete && file->due < next)
			next = file->due;
	}
	return next;
}
