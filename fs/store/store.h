/*
 * Where backups live: one interface, one file a kind (a directory; later a hosted service).
 * Nothing here assumes that a backup is a local file.
 *
 * The list of backups is a snapshot: immutable, shared by reference, replaced as a whole when
 * something changes. list never waits for the network.
 */
#ifndef RDB_STORE_STORE_H
#define RDB_STORE_STORE_H

#include "base/err.h"
#include "base/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum rdb_entry_kind {
	RDB_ENTRY_ARCHIVE, /* one file: .tar, .tar.gz, .tgz, .tar.zst, .tar.xz, .tar.bz2, .tar.lz4
			    */
	RDB_ENTRY_FOLDER,  /* a folder of exported tables: DATABASE/TABLE.json */
};

/* One version of one backup. A backup whose content changed is a new entry with another id. */
struct rdb_entry {
	uint64_t id;      /* from 1, below 2^31; never used again in this process */
	const char *name; /* the backup's directory name: file without its extension */
	const char *file; /* its own name in the store: NAME.tar.gz */
	enum rdb_entry_kind kind;
	uint64_t size;         /* bytes; 0 for a folder */
	struct timespec mtime; /* of the file */
	time_t taken;          /* when the backup was taken: from the name, else the mtime */
};

/* An entry lives as long as a listing that has it, or longer for who takes a reference. */
const struct rdb_entry *rdb_entry_ref(const struct rdb_entry *entry);
void rdb_entry_unref(const struct rdb_entry *entry);

/*
 * All entries at one moment, sorted by name (bytewise). Of two files that would have the same
 * backup name the second, by file name, keeps its extension in its name; so does a file that
 * would be called as something that the mount has itself (latest, archives, restore,
 * backup-now). A folder of such a name is not listed. The same content under a changed backup
 * name is a new entry.
 */
struct rdb_listing {
	const struct rdb_entry *const *entries;
	size_t count;
	const struct rdb_entry *latest; /* the newest by taken, then by name; NULL when empty */
};

struct rdb_store;

/* Called on the store's own thread, no lock held, after a new listing replaced an old one, and
 * when the store can no longer be read or can be read again. */
typedef void (*rdb_store_changed)(void *arg);

struct rdb_store_ops {
	/*
	 * The present listing, with a reference that rdb_listing_unref() gives back.
	 *   -EIO      the store can't be read now (folder removed, disk failure): an error, never
	 *             an empty listing
	 */
	int (*list)(struct rdb_store *store, const struct rdb_listing **out, struct rdb_err *err);
	/*
	 * Opens an entry's bytes (kind ARCHIVE), or its folder as a descriptor (kind FOLDER).
	 * What is opened is the version that the entry speaks of, or it fails:
	 *   -ESTALE   it has been replaced or removed since
	 *   -EACCES -EIO -ENOMEM -EMFILE
	 */
	int (*open)(struct rdb_store *store, const struct rdb_entry *entry, struct rdb_source **out,
		struct rdb_err *err);
	int (*open_folder)(struct rdb_store *store, const struct rdb_entry *entry, int *dirfd,
		struct rdb_err *err);
	/*
	 * Begins to tell of changes. Starts the store's thread, so not before the program has
	 * gone to the background.
	 *   -EAGAIN   no thread could be had
	 */
	int (*watch)(
		struct rdb_store *store, rdb_store_changed changed, void *arg, struct rdb_err *err);
	/* Stops telling: when it returns, changed neither runs nor will run. Without a watch
	 * nothing happens. Not to be called from inside changed. */
	void (*unwatch)(struct rdb_store *store);
	/*
	 * Removes a backup for good. The listing follows through watch, a moment later.
	 *   -ESTALE -EACCES -EROFS -EIO -ENOMEM
	 */
	int (*remove)(struct rdb_store *store, const struct rdb_entry *entry, struct rdb_err *err);
	/* Total and free bytes where new backups would go. 0, -ENOSYS where there is no such,
	 * -EIO when the store can't be read now. */
	int (*space)(struct rdb_store *store, uint64_t *total, uint64_t *free_bytes);
	void (*close)(struct rdb_store *store);
};

struct rdb_store {
	const struct rdb_store_ops *ops;
	const char *where; /* for messages: a path, an address */
};

const struct rdb_listing *rdb_listing_ref(const struct rdb_listing *listing);
void rdb_listing_unref(const struct rdb_listing *listing);

/* Binary search by backup name; NULL when there is none. by_file: by the entry's own name. */
const struct rdb_entry *rdb_listing_find(const struct rdb_listing *listing, const char *name);
const struct rdb_entry *rdb_listing_find_file(const struct rdb_listing *listing, const char *file);

/* For qsort() of pointers to entries: the newest first, then by name backwards, as latest is
 * chosen. */
int rdb_entry_by_age(const void *a, const void *b);

/*
 * A directory of backups. Opens it and reads its first listing; starts no thread. Regular files
 * and folders of exports directly in it count; links and names that start with "." do not. A
 * file that somebody is still writing is not listed until it is closed or renamed.
 *
 * Should the directory be removed or moved away, list fails with -EIO until there is one at its
 * path again. The path is not looked at before that, so a mount may cover it.
 *   -ENOENT -ENOTDIR -EACCES -EIO -ENOMEM
 */
int rdb_store_directory(const char *path, struct rdb_store **out, struct rdb_err *err);

#endif
