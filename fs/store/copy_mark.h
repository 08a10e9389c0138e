/*
 * Marks of copies. A mirror (mirror.h) notes beside each archive that it copies where the archive
 * is from, in a hidden file .FILE.rdbfs-copy: the archive itself is another program's and has no
 * label (archive/embed.h). The mark holds for that file only, as long as its place, size and time
 * stay the same: not for a file that a user put in its place.
 *
 * The mark of a copy that was removed on purpose stays for as long as the service has the backup,
 * so that the mirror does not copy it again.
 *
 * Threads: no shared state. Calls wait for the disk.
 */
#ifndef RDB_STORE_COPY_MARK_H
#define RDB_STORE_COPY_MARK_H

#include "store/store.h"

#include <limits.h>

struct rdb_copy_mark {
	struct rdb_store_copy of; /* type and origin */
	uint64_t home;            /* the copy's place, as in writer/home.h */
	uint64_t size;            /* bytes of the copy */
	time_t mtime;             /* of the copy */
	time_t created;           /* mtime of the service's entry: tells equal names apart */
	bool removed;             /* the copy was removed on purpose */
};

/* Writes or replaces the mark of a file in a folder. Returns 0, or the negative errno of open(),
 * write() or rename() with a text; -ENOMEM. */
int rdb_copy_mark_write(
	int folder, const char *file, const struct rdb_copy_mark *mark, struct rdb_err *err);

/* Reads the mark of a file. -ENOENT: it has none, or an unusable one. */
int rdb_copy_mark_read(int folder, const char *file, struct rdb_copy_mark *out);

/* Removes the mark of a file, if it has one. */
void rdb_copy_mark_remove(int folder, const char *file);

/* Returns whether the mark is one of this open file in the folder, unchanged since it was copied.
 */
bool rdb_copy_mark_fits(const struct rdb_copy_mark *mark, int folder, int fd, const char *file);

/* Returns whether name is that of a mark. file: set to the name of the marked file. */
bool rdb_copy_mark_is(const char *name, char file[NAME_MAX + 1]);

#endif
