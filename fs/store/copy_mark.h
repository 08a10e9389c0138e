/*
 * Marks of copies. When a mirror (mirror.h) copies an archive, it stores the origin of the
 * archive in a hidden file .FILE.rdbfs-copy beside the copy. The archive itself has no label
 * (index/embed.h), because another program has written the archive. A mark is valid only for
 * the copy whose home (writer/home.h), size and mtime are stored in the mark. If a user
 * replaces the copy by another file, the mark is therefore not valid.
 *
 * If a copy is removed on purpose, the mark stays as long as the service has the backup. The
 * mirror then does not copy the backup again.
 *
 * Threads: no shared state. Calls wait for the disk.
 */
#ifndef RDB_STORE_COPY_MARK_H
#define RDB_STORE_COPY_MARK_H

#include "store/store.h"

#include <limits.h>

struct rdb_copy_mark {
	struct rdb_store_copy of; /* type and origin of the copy */
	uint64_t home;            /* identifies the copy's folder, file and name (writer/home.h) */
	uint64_t size;            /* bytes of the copy */
	time_t mtime;             /* mtime of the copy */
	time_t created;           /* mtime of the service's entry; differs between equal names */
	bool removed;             /* the copy was removed on purpose */
};

/* Writes or replaces the mark of a file in a folder. Returns 0, -ENOMEM, or a negative errno of
 * open(), write() or rename(). */
int rdb_copy_mark_write(
	int folder, const char *file, const struct rdb_copy_mark *mark, struct rdb_err *err);

/* Reads the mark of a file. Returns 0, or -ENOENT if the file has no usable mark. */
int rdb_copy_mark_read(int folder, const char *file, struct rdb_copy_mark *out);

/* Removes the mark of a file, if there is one. */
void rdb_copy_mark_remove(int folder, const char *file);

/* Returns whether the mark is valid for the open file fd, which has the name file in the folder.
 * The mark is valid if the file was not changed, moved or renamed after it was copied. */
bool rdb_copy_mark_fits(const struct rdb_copy_mark *mark, int folder, int fd, const char *file);

/* Returns the text of a mark, which is a JSON object that the caller frees. Returns NULL if memory
 * is exhausted. */
char *rdb_copy_mark_text(const struct rdb_copy_mark *mark);

/* Parses the text of a mark. Returns 0, or -ENOENT if the text is not a mark. */
int rdb_copy_mark_parse(const char *text, size_t len, struct rdb_copy_mark *out);

/* Returns whether name is the file name of a mark. If so, stores the name of the marked file in the
 * array file. */
bool rdb_copy_mark_is(const char *name, char file[NAME_MAX + 1]);

#endif
