/*
 * Stores: where backups live. One interface, one kind of store per file (directory.c, s3.c, …). The
 * mount, the schedule and the commands use only this header and never ask for the kind. A backup
 * need not be a local file.
 *
 * The list of backups is a snapshot: immutable, with counted references, replaced as a whole after
 * a change. It is made in the background, so rdb_store_list() never waits.
 *
 * Threads: any number of threads may call every function at once, except rdb_store_open(),
 * rdb_store_watch(), rdb_store_unwatch() and rdb_store_close(), which belong to the owner. "Waits"
 * means for a directory's disk or a remote store's network; only functions that say so wait.
 * Callbacks run without a lock.
 *
 * A function returns 0, or a negative errno with the reason in err, which may be NULL. Besides the
 * codes listed each may return -ENOMEM. Remote stores translate the service's answers into these
 * codes, and retry transient failures before they give up.
 */
#ifndef RDB_STORE_STORE_H
#define RDB_STORE_STORE_H

#include "base/budget.h"
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

/* One version of one backup. A backup with changed content is a new entry with another id. */
struct rdb_entry {
	uint64_t id;      /* from 1, below 2^31; never reused in this process */
	const char *name; /* the backup's directory name: file without its extension */
	/* Its name in archives/: NAME.tar.gz. Without a slash, and unique in a listing. */
	const char *file;
	/* Its path below the store's root (a key below the prefix): file, unless it lies deeper. */
	const char *path;
	enum rdb_entry_kind kind;
	uint64_t size; /* bytes; 0 for a folder, and if a service reports it only after a read */
	struct timespec mtime; /* last modification; whole seconds in a remote store */
	uint64_t version; /* as in struct rdb_identity: from an object's ETag; 0: a local file */
	time_t taken;     /* when the backup was taken: from the name, else the mtime */
	bool dated;       /* taken is from the name */
	bool link;        /* path is a symbolic link to the file */
	/* Type of the backup, if the store records one: "daily"; NULL: see the archive's header. */
	const char *type;
};

/* An entry lives as long as a listing that contains it, or a reference to it. */
const struct rdb_entry *rdb_entry_ref(const struct rdb_entry *entry);
void rdb_entry_unref(const struct rdb_entry *entry);

/* A file in a store that is not listed as a backup. */
struct rdb_passed_over {
	const char *file;   /* its path below the store's root */
	const char *reason; /* "unknown suffix", "a zip file: unpack it" */
};

/*
 * All entries at one moment, sorted by name (bytewise). Of two files with the same backup name the
 * second, by file name, keeps its extension in its name; so does a file whose backup name is one of
 * the mount's own (latest, archives, documents, history, restore, backup-now). A folder of such a
 * name is not listed. The same content under a changed backup name is a new entry.
 */
struct rdb_listing {
	const struct rdb_entry *const *entries;
	size_t count;
	const struct rdb_entry *latest; /* newest by taken, then by name; NULL when empty */
	const struct rdb_passed_over *passed_over; /* the first RDB_PASSED_OVER_MAX by name */
	size_t passed_over_count; /* number of all files that are not listed, including those not in
				     the array */
};

#define RDB_PASSED_OVER_MAX 100

/* Appends "3 files are not listed: x.dump (unknown suffix), ..." if there are any. Returns 0 or
 * -ENOMEM. */
int rdb_listing_passed_over(const struct rdb_listing *listing, struct rdb_buf *out);

const struct rdb_listing *rdb_listing_ref(const struct rdb_listing *listing);
void rdb_listing_unref(const struct rdb_listing *listing);

/* Finds an entry by backup name; NULL: none. rdb_listing_find_file(): by the name in archives/. */
const struct rdb_entry *rdb_listing_find(const struct rdb_listing *listing, const char *name);
const struct rdb_entry *rdb_listing_find_file(const struct rdb_listing *listing, const char *file);

/* Compares pointers to entries for qsort(): newest first, then by name backwards, the order by
 * which latest is chosen. */
int rdb_entry_by_age(const void *a, const void *b);

/* ---- opening a store ---- */

struct rdb_store_options {
	bool recursive; /* a directory: also backups in its subdirectories, named SUBDIR-NAME */
	/* The caller only creates backups: the store is not listed, so no read permission on the
	 * directory or bucket is needed. rdb_store_list() then fails with -EIO. */
	bool create_only;
	unsigned refresh;          /* seconds between listings of a remote store; 0: 60 */
	uint64_t remote_cache;     /* bytes that sources of a remote store may hold; 0: 32 MiB */
	struct rdb_budget *budget; /* budget shared with other caches, used in place of
				      remote_cache; NULL: remote_cache limits */
	uint64_t rate;             /* bytes a second to and from a remote store; 0: no limit */
	/* Folder for a remote store's state that must outlive the process; NULL: none. */
	const char *state_dir;
	const char *cache_dir; /* folder for data that can be fetched again; NULL: such data is not
				  stored */
	/* For S3; see s3/s3_client.h. NULL, false, 0: from the environment, or the default. */
	const char *s3_endpoint, *s3_region, *ca_file;
	bool s3_path_style;
	uint64_t part_size, upload_memory; /* bytes */
	/* For a hosting service; see service/api.h and store/download.h. */
	const char *token;       /* NULL: none */
	uint64_t download_cache; /* bytes; 0: 10 GiB */
};

/*
 * Opens the store that SOURCE names and reads its first listing; waits. Starts no thread that
 * outlives the call, so it may be called before the program goes to the background.
 *   DIRECTORY             its backups: archives and folders of exports
 *   ARCHIVE, DIRECTORY    one archive, one export: a store of one entry, which accepts no new ones
 *   s3://BUCKET/PREFIX
 *   compose+https://HOST/…
 * options may be NULL: all zero. source is copied.
 *   -ENOENT -ENOTDIR   no such directory, archive, bucket
 *   -EACCES            the directory, or the credentials, are refused
 *   -EINVAL            no kind of store has this scheme, or the text behind it is malformed
 *   -ECONNREFUSED -EHOSTUNREACH -ETIMEDOUT -EKEYREJECTED   a remote store's host
 *   -EIO
 */
int rdb_store_open(const char *source, const struct rdb_store_options *options,
	struct rdb_store **out, struct rdb_err *err);

/* Return whether SOURCE names a remote store, and whether it names a hosting service, judged by its
 * text alone. */
bool rdb_store_is_remote(const char *source);
bool rdb_store_is_service(const char *source);

/*
 * Splits the argument of `dump -f` into the store (a SOURCE string, allocated) and the file in it
 * (points into target): "/mnt/a/x.tar.gz" is x.tar.gz in /mnt/a, "x.tar.gz" in ".", and
 * s3://BUCKET/PREFIX/x.tar.gz in s3://BUCKET/PREFIX.
 *   -EINVAL   target does not end in a name
 */
int rdb_store_split(const char *target, char **source, const char **file, struct rdb_err *err);

/* ---- what every kind of store provides ---- */

/* Called on the store's own thread, without a lock, after a new listing replaced an old one, and
 * when the store becomes unreadable or readable again. The function must not wait. */
typedef void (*rdb_store_changed)(void *arg);

/* How current the listing is. */
struct rdb_store_state {
	time_t listed; /* time when the listing was last known to be current; 0: always current */
	struct rdb_err error; /* error of the last refresh; code 0: success */
	/* Number of backups that the store has added by itself: copies that a mirror made. */
	uint64_t arrivals;
};

#define RDB_STORE_TYPE_MAX 17 /* with the NUL */

/* A backup to be created. Everything except cancel is copied. */
struct rdb_new_backup {
	const char *file;  /* its name in the store, ending in .tar.gz; without a slash */
	const char *type;  /* its type: on-demand, daily, … (a remote store's metadata) */
	uint64_t estimate; /* expected bytes of the archive; 0: unknown */
	bool overwrite;    /* replace a backup of that file name */
	bool give_way;     /* -EBUSY also if another host seems to be writing it */
	const struct rdb_cancel *cancel; /* cancels every call on the output; may be NULL */
};

/* A backup made by the store's own service. The texts must be valid while the functions run. */
struct rdb_store_trigger {
	const struct rdb_cancel *cancel;
	void (*warn)(void *arg, const char *words); /* before the request */
	void (*began)(void *arg); /* called when the service has accepted the request */
	void (*progress)(void *arg, const char *words); /* the service's own */
	void *arg;
	char file[256]; /* set to the file of the new backup, as listed */
};

/* Facts about the cluster that a store's backups are of. Zero-initialised is empty. */
struct rdb_store_cluster {
	char *connect;     /* rethinkdb://USER:PASSWORD@HOST:PORT; NULL: unknown */
	char *certificate; /* PEM, certificate to trust; NULL: none */
};

#define RDB_STORE_ORIGIN_MAX 1024 /* with the NUL */

/* Where a backup is from that a mirror (mirror.h) copied. */
struct rdb_store_copy {
	char type[RDB_STORE_TYPE_MAX];     /* the service's: "daily"; "": none */
	char origin[RDB_STORE_ORIGIN_MAX]; /* address of the deployment */
};

/* Operations of a kind of store. A function marked "optional" may be NULL; the wrapper of that
 * function below then returns the value in parentheses. */
struct rdb_store_ops {
	/*
	 * Returns the current listing, with a reference for the caller. Does not wait. A remote
	 * store whose refresh failed keeps its last listing; see state.
	 *   -EIO      the store cannot be read now (directory removed, disk failure): an error,
	 *             never an empty listing; also with create_only
	 */
	int (*list)(struct rdb_store *store, const struct rdb_listing **out, struct rdb_err *err);
	/*
	 * Optional (0). Checks whether the store still has the entry under its name, unless that
	 * needs the network. If not, waits up to a second until the watch has updated the listing.
	 *   -ESTALE   the entry was replaced or removed: list again
	 */
	int (*check)(struct rdb_store *store, const struct rdb_entry *entry);
	/* Optional. Reports how current the listing is. Does not wait. */
	void (*state)(struct rdb_store *store, struct rdb_store_state *out);
	/*
	 * Opens an entry's bytes (kind ARCHIVE): exactly the version of the entry, or it fails. A
	 * source never mixes two versions. Waits for a directory's disk. A remote store sends no
	 * request: a missing object appears at the first read, as -EIO; its source has remote set.
	 *   -ESTALE   the entry was replaced or removed meanwhile
	 *   -EACCES -EIO -EMFILE
	 */
	int (*open)(struct rdb_store *store, const struct rdb_entry *entry, struct rdb_source **out,
		struct rdb_err *err);
	/*
	 * Optional; NULL: the archive's label has the answer. Reports whether rdbfs made the
	 * backup, from the store's own metadata; waits. home: whether the backup was made in its
	 * present place, under its present name.
	 *   -ENOENT   another program made the backup
	 *   -ESTALE -EACCES -EIO
	 */
	int (*made)(struct rdb_store *store, const struct rdb_entry *entry,
		char type[RDB_STORE_TYPE_MAX], bool *home, struct rdb_err *err);
	/*
	 * Optional (-ENOENT). Reports where a copy is from that a mirror of rdbfs put into the
	 * store; waits for the disk.
	 *   -ENOENT   no mirror made the backup; or its file was changed, moved or renamed since
	 *   -ESTALE -EACCES -EIO -EMFILE
	 */
	int (*copied)(
		struct rdb_store *store, const struct rdb_entry *entry, struct rdb_store_copy *out);
	/* Optional (-ENOTSUP). Opens an entry's folder (kind FOLDER) as a descriptor. Waits. Errors
	 * as for open. */
	int (*open_folder)(struct rdb_store *store, const struct rdb_entry *entry, int *dirfd,
		struct rdb_err *err);
	/*
	 * Starts the store's thread, which keeps the listing current and reports changes. Call it
	 * after the program went to the background.
	 *   -EAGAIN   no thread
	 */
	int (*watch)(
		struct rdb_store *store, rdb_store_changed changed, void *arg, struct rdb_err *err);
	/* Ends the store's thread: afterwards changed is not running and is never called again. No
	 * effect without a watch. Do not call this from changed. Cancels running requests. */
	void (*unwatch)(struct rdb_store *store);
	/*
	 * Optional (-EROFS). Returns whether backups can be created, as far as known without
	 * trying. Does not wait for the network.
	 *   -EACCES   no permission to write
	 *   -EROFS    a store of one archive; a hosted service; a read-only file system
	 */
	int (*can_create)(struct rdb_store *store, struct rdb_err *err);
	/*
	 * Optional (-EROFS). Requests a backup from a hosting service, and waits until it is
	 * complete and listed.
	 *   -ECANCELED   cancelled here; the service continues by itself
	 *   -EIO         the service's backup failed, with the service's text
	 *   others       as for rdb_store_open()
	 */
	int (*trigger)(
		struct rdb_store *store, struct rdb_store_trigger *trigger, struct rdb_err *err);
	/*
	 * Optional (-ENOTSUP). Returns a hosting service's facts about the cluster. Waits. Call it
	 * before watch. Free out in any case.
	 *   errors as for rdb_store_open()
	 */
	int (*cluster)(struct rdb_store *store, struct rdb_store_cluster *out, struct rdb_err *err);
	/*
	 * Optional (-EROFS). Begins a new backup; waits. The caller owns the output: see
	 * writer/output.h. Its commit makes the backup complete, durable and listed (a moment
	 * later); closing it without a commit leaves nothing in the store.
	 *   -EEXIST   a backup of that file name exists, and overwrite is false
	 *   -EBUSY    another process is writing it
	 *   -EINVAL   file is not a name for a backup
	 *   -ECANCELED
	 *   -EACCES -EROFS -ENOSPC -EDQUOT -ENAMETOOLONG -ENOENT -EMFILE -EIO
	 *   a remote store's host: as for rdb_store_open()
	 */
	int (*create)(struct rdb_store *store, const struct rdb_new_backup *backup,
		struct rdb_output **out, struct rdb_err *err);
	/*
	 * Optional (-EROFS). Removes the remains of unfinished backups of dead processes: hidden
	 * files, unfinished uploads. Files of living processes stay. Waits. Returns the number
	 * removed.
	 *   -EACCES -EIO
	 */
	int (*clean)(struct rdb_store *store, struct rdb_err *err);
	/*
	 * Optional (-EROFS). Removes a backup for good, in exactly the version of the entry. Waits.
	 * The listing is updated a moment later.
	 *   -ESTALE   the entry was replaced or removed meanwhile
	 *   -EACCES -EROFS -EIO
	 */
	int (*remove)(struct rdb_store *store, const struct rdb_entry *entry, struct rdb_err *err);
	/*
	 * Optional (-ENOSYS). Returns total and free bytes of the disk where new backups are
	 * stored. Does not wait for the network.
	 *   -EIO      the store cannot be read now
	 */
	int (*space)(struct rdb_store *store, uint64_t *total, uint64_t *free_bytes);
	/* Ends the watch and frees the store. Sources, outputs and entries may outlive it. */
	void (*close)(struct rdb_store *store);
};

/* First member of every kind's own struct. The texts live as long as the store. */
struct rdb_store {
	const struct rdb_store_ops *ops;
	const char *where; /* for messages: a path, an address; never a secret */
	const char *path;  /* absolute path of a local store; NULL: remote */
	const char *cache; /* folder for facts about remote backups; NULL: none */
	bool lazy;         /* reading downloads the whole backup, so read it only on request */
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
int rdb_store_copied(
	struct rdb_store *store, const struct rdb_entry *entry, struct rdb_store_copy *out);
int rdb_store_can_create(struct rdb_store *store, struct rdb_err *err);
int rdb_store_create(struct rdb_store *store, const struct rdb_new_backup *backup,
	struct rdb_output **out, struct rdb_err *err);
int rdb_store_trigger(
	struct rdb_store *store, struct rdb_store_trigger *trigger, struct rdb_err *err);
int rdb_store_cluster(struct rdb_store *store, struct rdb_store_cluster *out, struct rdb_err *err);
void rdb_store_cluster_free(struct rdb_store_cluster *cluster);
int rdb_store_clean(struct rdb_store *store, struct rdb_err *err);
int rdb_store_remove(struct rdb_store *store, const struct rdb_entry *entry, struct rdb_err *err);
int rdb_store_space(struct rdb_store *store, uint64_t *total, uint64_t *free_bytes);

/* Returns whether the store can remove backups at all; if not, `rmdir` is not supported. */
bool rdb_store_can_remove(const struct rdb_store *store);

/* Returns whether backups are made by the store's own service. */
bool rdb_store_can_trigger(const struct rdb_store *store);

/* ---- the kinds ---- */

/*
 * Opens a directory of backups: archives and export folders directly in it, except names that start
 * with ".". A file that is still being written is not listed until it is closed or renamed. If the
 * directory is removed or moved away, list fails with -EIO until a directory exists at its path
 * again. Errors as for rdb_store_open().
 */
int rdb_store_directory(const char *path, const struct rdb_store_options *options,
	struct rdb_store **out, struct rdb_err *err);

/*
 * Opens one archive, whatever its name, or one folder of exported tables: a store with this entry,
 * as long as it exists, and no other. Errors as for rdb_store_open().
 */
int rdb_store_single(const char *path, struct rdb_store **out, struct rdb_err *err);

/*
 * Opens the backups of a deployment at a hosting service. An archive's size is known after it was
 * opened. rdb_store_open_entry() waits for the network if the download cache does not have the
 * archive. Errors as for rdb_downloads_open() and rdb_store_open().
 */
int rdb_store_service(const char *source, const struct rdb_store_options *options,
	struct rdb_store **out, struct rdb_err *err);

/* Opens the objects below s3://BUCKET/PREFIX. Errors as for rdb_store_open(). */
int rdb_store_s3(const char *source, const struct rdb_store_options *options,
	struct rdb_store **out, struct rdb_err *err);

#endif
