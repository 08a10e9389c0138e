/* Small backups for unit tests, made in memory with libarchive and zlib. */
#ifndef RDB_TESTS_BACKUP_H
#define RDB_TESTS_BACKUP_H

#include "base/buf.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>

struct backup {
	struct rdb_buf bytes; /* the archive */
	struct archive *archive;
};

static la_ssize_t backup_collect(struct archive *archive, void *arg, const void *data, size_t len)
{
	(void)archive;
	return rdb_buf_add(arg, data, len) == 0 ? (la_ssize_t)len : -1;
}

static void backup_begin(struct backup *backup, const char *filter)
{
	*backup = (struct backup){0};
	backup->archive = archive_write_new();
	if (archive_write_set_format_pax_restricted(backup->archive) != ARCHIVE_OK ||
		(filter &&
			archive_write_add_filter_by_name(backup->archive, filter) != ARCHIVE_OK) ||
		archive_write_set_bytes_per_block(backup->archive, 0) != ARCHIVE_OK ||
		archive_write_open(backup->archive, &backup->bytes, NULL, backup_collect, NULL) !=
			ARCHIVE_OK)
		abort();
}

static void backup_add(struct backup *backup, const char *path, const char *data, size_t len)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_size(entry, (la_int64_t)len);
	archive_entry_set_mtime(entry, 1700000000, 0);
	if (archive_write_header(backup->archive, entry) != ARCHIVE_OK ||
		(len && archive_write_data(backup->archive, data, len) != (la_ssize_t)len))
		abort();
	archive_entry_free(entry);
}

static void backup_end(struct backup *backup)
{
	archive_write_close(backup->archive);
	archive_write_free(backup->archive);
	backup->archive = NULL;
}

/* Text of a table, as rethinkdb dump writes it. */
static inline struct rdb_buf backup_table(unsigned documents, unsigned seed)
{
	struct rdb_buf text = {0};

	rdb_buf_puts(&text, "[");
	for (unsigned i = 0; i < documents; i++) {
		seed = seed * 1103515245 + 12345;
		rdb_buf_printf(&text, "%s\n{\"id\": %u, \"title\": \"post {%u}\", \"tags\": [%u]}",
			i ? "," : "", i, seed, seed >> 16);
	}
	rdb_buf_puts(&text, "\n]\n");
	return text;
}

#endif
