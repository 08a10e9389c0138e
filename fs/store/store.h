/*
 * Where backups live: one interface, one kind of store a file (directory.c, s3.c, …). The mount,
 * the schedule and the commands use this header alone and never ask which kind it is. Nothing here
 * assumes that a backup is a local file.
 *
 * The list of backups is a snapshot: immutable, counted references, replaced as a whole when
 * something changes. It is made in the background, so rdb_store_list() never waits.
 *
 * Threads: every function may be called by any number of threads at once, except rdb_store_open(),
 * rdb_store_watch(), rdb_store_unwatch() and rdb_store_close(), which belong to the owner. "Waits"
 * means for the disk of a directory and for the network of a remote store; only functions that say
 * so wait. No function calls back with a lock held.
 *
 * A function returns 0, or a negative errno with the reason in err, which may be NULL. Beside the
 * codes listed each may return -ENOMEM. Remote stores translate what the service answers into the
 * codes listed, and retry what may pass by itself before they give up.
 */
#ifndef RDB_STORE_STORE_H
#define RDB_STORE_STORE_H

#include "base/buf.h"
#include "base/cancel.h"
#include "base/err.h"
#include "base/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct rdb_output;
struct rdb_store;

/* ---- entries and listings ---- */

enum rdb_entry_kind {
	RDB_ENTRY_ARCHIVE, /* one file or object: a tar archive, most often compressed */
	RDB_ENTRY_FOLDER,  /* a local folder of exported tables: DATABASE/TABLE.json */
};

/* One version of one backup. A backup whose content changed is a new entry with another id. */
struct rdb_entry {
	uint64_t id;      /* from 1, below 2^31; never used again in this process */
	const char *name; /* the backup's directory name: the file's without its extension */
	/* Its name in archives/: NAME.tar.gz. Without a slash, and unique in a listing. */
	const char *file;
	/* Its path below the store's root (a key, below the prefix): file, unless it lies deeper.
	 */
	const char *path;
	enum rdb_entry_kind kind;
	uint64_t size;         /* bytes; 0 for a folder */
	struct timespec mtime; /* last modification; whole seconds in a remote store */
	uint64_t version;      /* as in struct rdb_identity: of an object's ETag; 0: a local file */
	time_t taken;          /* when the backup was taken: from the name, else the mtime */
	bool dated;            /* taken is from the name */
	bool link;             /* path is a symbolic link to the file */
};

/* An entry lives as long as a listing that has it, or as a reference to it. */
const struct rdb_entry *rdb_entry_ref(const struct rdb_entry *entry);
void rdb_entry_unref(const struct rdb_entry *entry);

/* A file that lies where backups do and is not listed. */
struct rdb_passed_over {
	const char *file;   /* its path below the store's root */
	const char *reason; /* "unknown suffix", "a zip file: unpack it"; static text */
};

/*
 * All entries at one moment, sorted by name (bytewise). Of two files that would have the same
 * backup name the second, by file name, keeps its extension in its name; so does a file that
 * would be called as something that the mount has itself (latest, archives, documents,
 * history, restore, backup-now). A folder of such a name is not listed. The same content under a
 * changed backup name is a new entry.
 */
struct rdb_listing {
	const struct rdb_entry *const *entries;
	size_t count;
	const struct rdb_entry *latest; /* the newest by taken, then by name; NULL when empty */
	const struct rdb_passed_over *passed_over; /* the first RDB_PASSED_OVER_MAX by name */
	size_t passed_over_count;                  /* of all, also those not in the array */
};

#define RDB_PASSED_OVER_MAX 100

/* Appends "3 files are not listed: x.dump (unknown suffix), …" where there are any. 0 or -ENOMEM.
 */
int rdb_listing_passed_over(const struct rdb_listing *listing, struct rdb_buf *out);

const struct rdb_listing *rdb_listing_ref(const struct rdb_listing *listing);
void rdb_listing_unref(const struct rdb_listing *listing);

/* Binary search by backup name; NULL when there is none. by_file: by the entry's own name. */
const struct rdb_entry *rdb_listing_find(const struct rdb_listing *listing, const char *name);
const struct rdb_entry *rdb_listing_find_file(const struct rdb_listing *listing, const char *file);

/* Compares pointers to entries for qsort(): the newest first, then by name backwards, as latest
 * is chosen. */
int rdb_entry_by_age(const void *a, const void *b);

/* ---- opening a store ---- */

struct rdb_store_options {
	bool recursive; /* a directory: backups in its subdirectories too, named SUBDIR-NAME */
	/* The caller only creates backups: the store is not listed, which a directory or bucket
	 * without read permission refuses. rdb_store_list() then fails with -EIO. */
	bool create_only;
	unsigned refresh;      /* seconds between listings of a remote store; 0: 60 */
	uint64_t remote_cache; /* bytes that sources of a remote store may hold; 0: 32 MiB */
	uint64_t rate;         /* bytes a second to and from a remote store; 0: no limit */
	/* A remote store's state that must outlive the process; NULL: none is kept. */
	const char *state_dir;
	/* S3; see s3/client.h. NULL, false, 0: as the environment says, or the default. */
	const char *s3_endpoint, *s3_region, *ca_file;
	bool s3_path_style;
	uint64_t part_size, upload_memory; /* bytes */
};

/*
 * Opens what SOURCE names and reads its first listing; waits. Starts no thread that outlives the
 * call, so it may be called before the program goes to the background.
 *   DIRECTORY             its backups: archives and folders of exports
 *   ARCHIVE, DIRECTORY    one archive, one export: a store of one entry that takes no new ones
 *   s3://BUCKET/PREFIX
 *   compose+https://HOST/…
 * options may be NULL: all zero. source is copied.
 *   -ENOENT -ENOTDIR   no such directory, archive, bucket
 *   -EACCES            the directory, or the credentials, are refused
 *   -EINVAL            no kind of store has this scheme, or what follows it is malformed
 *   -ECONNREFUSED -EHOSTUNREACH -ETIMEDOUT -EKEYREJECTED   a remote store's host
 *   -EIO
 */
int rdb_store_open(const char *source, const struct rdb_store_options *options,
	struct rdb_store **out, struct rdb_err *err);

/* Whether SOURCE names a remote store. Looks at the words alone. */
bool rdb_store_is_remote(const char *source);

/*
 * Splits what `dump -f` names into the store (a SOURCE string, allocated) and the file in it, a
 * part of target: "/mnt/a/x.tar.gz" is x.tar.gz in /mnt/a, "x.tar.gz" in ".", and
 * s3://BUCKET/PREFIX/x.tar.gz in s3://BUCKET/PREFIX.
 *   -EINVAL   it does not end in a name
 */
int rdb_store_split(const char *target, char **source, const char **file, struct rdb_err *err);

/* ---- what every kind of store provides ---- */

/* Called on the store's own thread, no lock held, after a new listing replaced an old one, and
 * when the store can no longer be read or can be read again. It must not wait. */
typedef void (*rdb_store_changed)(void *arg);

/* How current the listing is. */
struct rdb_store_state {
	time_t listed;        /* when it was last read or found current; 0: it always is */
	struct rdb_err error; /* why the last refresh failed; code 0: it did not */
};

/* A backup to be made. Everything is copied but cancel. */
struct rdb_new_backup {
	const char *file;  /* its name in the store, ending in .tar.gz; without a slash */
	const char *type;  /* what makes it: on-demand, daily, … (a remote store's metadata) */
	uint64_t estimate; /* bytes that the archive may have in the end; 0: unknown */
	bool overwrite;    /* replace a backup of that file name */
	const struct rdb_cancel *cancel; /* ends every call on the output; may be NULL */
};

/* Functions marked "optional" may be NULL; the wrappers below then return what is said there. */
struct rdb_store_ops {
	/*
	 * The present listing, with a reference for the caller. Does not wait. A remote store
	 * whose refresh failed keeps its last listing; state says so.
	 *   -EIO      the store can't be read now (directory removed, disk failure): an error,
	 *             never an empty listing; also with create_only
	 */
	int (*list)(struct rdb_store *store, const struct rdb_listing **out, struct rdb_err *err);
	/*
	 * Optional (0). Looks whether the entry is what the store has under that name now, where
	 * that takes no network. Where it is not, waits until the watch brought the listing up to
	 * date, for a second at most.
	 *   -ESTALE   it has been replaced or removed: list again
	 */
	int (*check)(struct rdb_store *store, const struct rdb_entry *entry);
	/* Optional. Does not wait. */
	void (*state)(struct rdb_store *store, struct rdb_store_state *out);
	/*
	 * Opens an entry's bytes (kind ARCHIVE). What is opened is the version that the entry
	 * speaks of, also when it was replaced in the store meanwhile, or it fails; a source never
	 * mixes two versions. Waits for a directory's disk. A remote store sends no request: a
	 * missing object shows at the first read, as -EIO, and its source has remote set.
	 *   -ESTALE   it has been replaced or removed since
	 *   -EACCES -EIO -EMFILE
	 */
	int (*open)(struct rdb_store *store, const struct rdb_entry *entry, struct rdb_source **out,
		struct rdb_err *err);
	/* Optional (-ENOTSUP). Opens an entry's folder (kind FOLDER) as a descriptor. Waits. Errors
	 * as open. */
	int (*open_folder)(struct rdb_store *store, const struct rdb_entry *entry, int *dirfd,
		struct rdb_err *err);
	/*
	 * Starts the store's thread, which keeps the listing current and reports changes. To be
	 * called after the program went to the background.
	 *   -EAGAIN   no thread can be had
	 */
	int (*watch)(
		struct rdb_store *store, rdb_store_changed changed, void *arg, struct rdb_err *err);
	/* Ends that thread: afterwards changed neither runs nor will run. Without a watch nothing
	 * happens. Not to be called from inside changed. Requests under way are cancelled. */
	void (*unwatch)(struct rdb_store *store);
	/*
	 * Optional (-EROFS). Whether backups can be created, as far as is known without trying.
	 * Does not wait for the network.
	 *   -EACCES   no permission to write
	 *   -EROFS    a store of one archive; a hosted service; a read-only file system
	 */
	int (*can_create)(struct rdb_store *store, struct rdb_err *err);
	/*
	 * Optional (-EROFS). Begins a new backup; waits. The output is the caller's: see
	 * writer/output.h. Its commit makes the backup whole, durable and listed (a moment later);
	 * closing it without leaves nothing in the store.
	 *   -EEXIST   a backup of that file name exists, and overwrite is false
	 *   -EBUSY    another process is writing it
	 *   -EINVAL   file is no name for a backup
	 *   -ECANCELED
	 *   -EACCES -EROFS -ENOSPC -EDQUOT -ENAMETOOLONG -ENOENT -EMFILE -EIO
	 *   a remote store's host: as rdb_store_open()
	 */
	int (*create)(struct rdb_store *store, const struct rdb_new_backup *backup,
		struct rdb_output **out, struct rdb_err *err);
	/*
	 * Optional (-EROFS). Removes what processes that died left of backups they were writing:
	 * hidden files, unfinished uploads. What a living process writes is left alone. Waits.
	 * Returns how many went.
	 *   -EACCES -EIO
	 */
	int (*clean)(struct rdb_store *store, struct rdb_err *err);
	/*
	 * Optional (-EROFS). Removes a backup for good, in the version that the entry speaks of.
	 * Waits. The listing follows a moment later.
	 *   -ESTALE   it has been replaced or removed since
	 *   -EACCES -EROFS -EIO
	 */
	int (*remove)(struct rdb_store *store, const struct rdb_entry *entry, struct rdb_err *err);
	/*
	 * Optional (-ENOSYS). Total and free bytes where new backups would go. Does not wait for
	 * the network.
	 *   -EIO      the store can't be read now
	 */
	int (*space)(struct rdb_store *store, uint64_t *total, uint64_t *free_bytes);
	/* Ends the watch and frees the store. Sources, outputs and entries may outlive it. */
	void (*close)(struct rdb_store *store);
};

/* The beginning of every kind's own struct. The texts live as long as the store. */
struct rdb_store {
	const struct rdb_store_ops *ops;
	const char *where; /* for messages: a path, an address; never a secret */
	const char *path;  /* absolute path of a local store; NULL: remote */
};

/* ---- calls ---- */

static inline int rdb_store_list(
	struct rdb_store *store, const struct rdb_listing **out, struct rdb_err *err)
{
	return store->ops->list(store, out, err);
}

static inline int rdb_store_check(struct rdb_store *store, const struct rdb_entry *entry)
{
	return store->ops->check ? store->ops->check(store, entry) : 0;
}

static inline void rdb_store_state(struct rdb_store *store, struct rdb_store_state *out)
{
	*out = (struct rdb_store_state){.listed = 0};
	if (store->ops->state)
		store->ops->state(store, out);
}

static inline int rdb_store_open_entry(struct rdb_store *store, const struct rdb_entry *entry,
	struct rdb_source **out, struct rdb_err *err)
{
	return store->ops->open(store, entry, out, err);
}

static inline int rdb_store_watch(
	struct rdb_store *store, rdb_store_changed changed, void *arg, struct rdb_err *err)
{
	return store->ops->watch(store, changed, arg, err);
}

static inline void rdb_store_unwatch(struct rdb_store *store)
{
	store->ops->unwatch(store);
}

static inline void rdb_store_close(struct rdb_store *store)
{
	if (store)
		store->ops->close(store);
}

int rdb_store_open_folder(
	struct rdb_store *store, const struct rdb_entry *entry, int *dirfd, struct rdb_err *err);
int rdb_store_can_create(struct rdb_store *store, struct rdb_err *err);
int rdb_store_create(struct rdb_store *store, const struct rdb_new_backup *backup,
	struct rdb_output **out, struct rdb_err *err);
int rdb_store_clean(struct rdb_store *store, struct rdb_err *err);
int rdb_store_remove(struct rdb_store *store, const struct rdb_entry *entry, struct rdb_err *err);
int rdb_store_space(struct rdb_store *store, uint64_t *total, uint64_t *free_bytes);

/* Whether the store ever removes backups: without that `rmdir` is not supported. */
bool rdb_store_can_remove(const struct rdb_store *store);

/* ---- the kinds ---- */

/*
 * A directory of backups. Archives and folders of exports directly in it count; names that start
 * with "." do not. A file that a program is still writing is not listed until it is closed or
 * renamed. Should the directory be removed or moved away, list fails with -EIO until a directory
 * exists at its path again.
 * Errors: as rdb_store_open().
 */
int rdb_store_directory(const char *path, const struct rdb_store_options *options,
	struct rdb_store **out, struct rdb_err *err);

/*
 * One archive, whatever its name and content, or one folder of exported tables: a store that has
 * this entry, while it exists, and takes no other. Errors: as rdb_store_open().
 */
int rdb_store_single(const char *path, struct rdb_store **out, struct rdb_err *err);

/*
 * Objects below s3://BUCKET/PREFIX. Errors: as rdb_store_open().
 */
int rdb_store_s3(const char *source, const struct rdb_store_options *options,
	struct rdb_store **out, struct rdb_err *err);

#endif
