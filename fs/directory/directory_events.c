/* Updates the table of a directory's files when inotify reports changes in the directory. */
#include "directory/directory_file.h"

void rdb_directory_left(struct rdb_directory *d, const char *name)
{
	struct rdb_listed_file *file = rdb_file_table_find(&d->table, name);

	if (file)
		rdb_file_table_remove(&d->table, file);
}

/* Marks the file or folder "name" as being written. Does not access the file system, because this
 * function is called after every write to a file and must be fast. */
void rdb_directory_opened(struct rdb_directory *d, const char *name, bool folder)
{
	struct rdb_listed_file *file;

	if (!rdb_directory_may_list(name, folder ? S_IFDIR : S_IFREG))
		return;
	file = rdb_file_table_add(&d->table, name);
	if (!file)
		return;
	file->kind = folder ? RDB_ENTRY_FOLDER : RDB_ENTRY_ARCHIVE;
	file->writing = true;
	file->since = 0;
	file->looks = 0;
	rdb_directory_wait_for(d, file);
}

static struct rdb_listed_file *refresh(struct rdb_directory *d, const char *name, bool *changed)
{
	struct rdb_listed_file *file;
	struct stat st;
	bool link;

	if (!d->only && !rdb_directory_may_list(name, S_IFREG))
		return NULL;
	if (rdb_directory_stat(d, name, &st, &link) != 0) {
		rdb_directory_left(d, name);
		return NULL;
	}
	file = rdb_file_table_add(&d->table, name);
	if (!file)
		return NULL;
	file->forced = d->only != NULL;
	*changed = rdb_file_update_archive(file, &st, link);
	return file;
}

void rdb_directory_closed(struct rdb_directory *d, const char *name)
{
	bool changed = false;
	struct rdb_listed_file *file = refresh(d, name, &changed);

	if (!file || (file->complete && !changed))
		return;
	rdb_file_table_hide(&d->table, file);
	if (rdb_directory_probe(d, file) == RDB_WRITER_ACTIVE)
		rdb_directory_wait_for(d, file);
	else
		rdb_directory_complete(d, file);
}

static bool is_same(struct rdb_directory *d, const struct rdb_listed_file *file)
{
	struct stat st;
	bool link;

	return rdb_directory_stat(d, file->name, &st, &link) == 0 && st.st_ino == file->inode &&
	       (uint64_t)st.st_size == file->size &&
	       rdb_directory_same_time(&st.st_mtim, &file->mtime);
}

void rdb_directory_arrived(struct rdb_directory *d, const char *name, bool folder)
{
	struct rdb_listed_file *file = rdb_file_table_find(&d->table, name);
	bool changed;

	if (!folder && file && file->complete && is_same(d, file))
		return;
	rdb_directory_left(d, name);
	if (folder && rdb_directory_may_list(name, S_IFDIR)) {
		rdb_directory_scan_folder(d, name, true);
		file = rdb_file_table_find(&d->table, name);
		if (file)
			file->seen = false;
	} else if (!folder && (file = refresh(d, name, &changed))) {
		rdb_directory_complete(d, file);
	}
}

void rdb_directory_touched(struct rdb_directory *d, const char *name)
{
	struct rdb_listed_file *file = rdb_file_table_find(&d->table, name);

	if (!file || !file->complete)
		return;
	rdb_directory_scan_name(d, name);
	if (!file->seen)
		rdb_file_table_remove(&d->table, file);
	else
		file->seen = false;
}

bool rdb_directory_recheck(struct rdb_directory *d, const char *name, bool last)
{
	struct rdb_listed_file *file = rdb_file_table_find(&d->table, name);
	struct stat st;
	bool link;

	if (!last && file && file->complete && file->kind == RDB_ENTRY_ARCHIVE &&
		rdb_directory_stat(d, name, &st, &link) == 0 && st.st_ino != file->inode)
		return false;
	rdb_directory_touched(d, name);
	return true;
}

void rdb_directory_distrust(struct rdb_directory *d)
{
	for (size_t i = 0; i < d->table.count; i++)
		d->table.files[i]->writing = false;
}
