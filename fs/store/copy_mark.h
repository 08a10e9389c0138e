/*
 * Marks of copies. A mark is a hidden file .FILE.rdbfs-copy beside the copy FILE of an archive.
 * It records the origin of the archive. A mirror (remote/) writes the mark when it copies the
 * archive. The archive itself has no label (index/embed.h), because another program has written
 * the archive. A mark is valid only for the copy whose home (writer/home.h), size and mtime are
 * stored in the mark. If a user replaces the copy by another file, the mark is therefore not
 * valid.
 *
 * If a copy is removed on purpose, the mark stays as long as the service has the backup. The
 * mirror then does not copy the backup again.
 *
 * Threads: no shared state. Calls wait for the disk. The parameter folder is the descriptor of
 * the copy's folder, and the parameter file is the name of the copy.
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

/* Writes the mark of the copy "file" in "folder". The mark is a hidden file that records where the
 * copy comes from. Returns 0, -ENOMEM, or a negative errno of open(), write() or rename(). */
int rdb_copy_mark_write(
	int folder, const char *file, const struct rdb_copy_mark *mark, struct rdb_err *err);

/* Reads the mark of a copy, which is a hidden file with the copy's origin. "file" is the name of
 * the copy in "folder". Returns 0, or -ENOENT if there is no usable mark. */
int rdb_copy_mark_read(int folder, const char *file, struct rdb_copy_mark *out);

/* Removes the mark (file with the origin of a copy) of the copy "file" in "folder". Does nothing if
 * the mark does not exist. */
void rdb_copy_mark_remove(int folder, const char *file);

/* Returns true if the mark (the record of a copy's origin) is about the copy that is open as fd.
 * Returns false if the copy was changed, moved, renamed or removed after the mark was written. */
bool rdb_copy_mark_fits(const struct rdb_copy_mark *mark, int folder, int fd, const char *file);

/* Returns the origin of a copy (*mark) as JSON text for a hidden file beside the copy, or NULL if
 * memory is exhausted. The caller frees the text. */
char *rdb_copy_mark_text(const struct rdb_copy_mark *mark);

/* Parses the JSON of a mark (hidden file with the origin of a copy). Returns 0, or -ENOENT if the
 * text is malformed. */
int rdb_copy_mark_parse(const char *text, size_t len, struct rdb_copy_mark *out);

/* A hidden file .FILE.rdbfs-copy records where the backup FILE was copied from. Returns true if
 * "name" is the name of such a hidden file, and stores FILE in "file". */
bool rdb_copy_mark_is(const char *name, char file[NAME_MAX + 1]);

#endif
