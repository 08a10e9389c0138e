/*
 * Marks of a mirror's copies: a hidden file .FILE.rdbfs-copy beside the copy FILE records where the
 * archive is from. It is valid only for the copy with the recorded home (writer/home.h), size and
 * mtime. The mark of a copy that was removed on purpose stays, so that the mirror does not copy the
 * backup again.
 *
 * Threads: no shared state. Calls wait for the disk. "folder" is the descriptor of the copy's
 * folder, and "file" the name of the copy.
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

/* Writes a mark for the copy "file". The mark is a hidden file that records where the copy is from.
 * Returns 0, -ENOMEM, or an error of open(), write() or rename(). */
int rdb_copy_mark_write(
	int folder, const char *file, const struct rdb_copy_mark *mark, struct rdb_err *err);

/* Reads the mark of the copy "file". The mark is a hidden file that records where the copy is from.
 * Returns 0, or -ENOENT if the copy has no usable mark. */
int rdb_copy_mark_read(int folder, const char *file, struct rdb_copy_mark *out);

/* Removes the mark of the copy "file". The mark is a hidden file that records where the copy is
 * from. Does nothing if the copy has no mark. */
void rdb_copy_mark_remove(int folder, const char *file);

/* Returns true if the mark still describes the copy "file" in the folder "folder". The caller has
 * opened the copy as fd. The mark must record the copy's home (writer/home.h), size and mtime, and
 * must not record that the copy was removed. */
bool rdb_copy_mark_fits(const struct rdb_copy_mark *mark, int folder, int fd, const char *file);

/* Returns a mark (the record of a copy's origin) as JSON text, or NULL if memory is exhausted. The
 * caller frees the text. */
char *rdb_copy_mark_text(const struct rdb_copy_mark *mark);

/* Parses the JSON text of a mark (the record of a copy's origin). Returns 0, or -ENOENT if the text
 * is not valid. */
int rdb_copy_mark_parse(const char *text, size_t len, struct rdb_copy_mark *out);

/* Returns true if "name" is the name of a mark (a file that records where a copy is from). In this
 * case, stores the name of the copy in "file". */
bool rdb_copy_mark_is(const char *name, char file[NAME_MAX + 1]);

#endif
