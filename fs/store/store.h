/*
 * Stores of backups: the interface of all kinds (folders directory/ and remote/). The list of
 * backups is an immutable snapshot, which a thread of the store replaces after a change.
 *
 * Threads: any, except for opening, rdb_store_watch(), rdb_store_unwatch() and rdb_store_close(),
 * which only the owner calls. A function waits for a disk or the network only if its comment says
 * so. Callbacks run without a lock.
 *
 * A function returns 0, or a negative errno with the reason in err, which may be NULL; -ENOMEM in
 * addition to the listed errors. Remote stores first retry temporary failures.
 */
#ifndef RDB_STORE_STORE_H
#define RDB_STORE_STORE_H

#include "base/budget.h"
#include "base/buf.h"
#include "base/cancel.h"
#include "base/err.h"
#include "io/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

struct rdb_output;
struct rdb_store;

/* ---- entries and listings ---- */

enum rdb_entry_kind {
	RDB_ENTRY_ARCHIVE, /* a tar archive, usually compressed, as one file or object */
	RDB_ENTRY_FOLDER,  /* a local folder of exported tables DATABASE/TABLE.json */
};

/* One version of a backup. If the content of the backup changes, the next listing has a new entry
 * with another id. */
struct rdb_entry {
	uint64_t id;      /* from 1, below 2^31; never reused in this process */
	const char *name; /* the backup's directory name: file without the extension */
	/* name in archives/, such as NAME.tar.gz, without a slash; unique in a listing */
	const char *file;
	/* For a file, the path below the store's root; for an object, the key without the store's
	 * prefix. The path differs from the field "file" only if the file or object is in a
	 * subfolder. */
	const char *path;
	enum rdb_entry_kind kind;
	uint64_t size;         /* bytes; 0 for a folder, or if unknown before a read */
	struct timespec mtime; /* last modification, in whole seconds for a remote store */
	uint64_t version; /* hash of an object's location and ETag (struct rdb_identity); 0 for a
			     local file */
	time_t taken;     /* time of the backup, from the name or else the mtime */
	bool dated;       /* taken is from the name, or stated by a service */
	bool link;        /* path is a symbolic link to the file */
	/* type of the backup, such as "daily"; NULL if the store does not record types. The type is
	 * then read from the archive. */
	const char *type;
};

/* Adds a reference to an entry. The entry is freed with its last reference. A listing holds a
 * reference to each of its entries. */
const struct rdb_entry *rdb_entry_ref(const struct rdb_entry *entry);
void rdb_entry_unref(const struct rdb_entry *entry);

/* A file that the store does not list as a backup, and the reason for this. */
struct rdb_passed_over {
	const char *file;   /* path below the store's root */
	const char *reason; /* for example "unknown suffix" */
};

/* Backups of a store at one moment, sorted bytewise by name. A backup's name is its file name,
 * usually without the extension. */
struct rdb_listing {
	const struct rdb_entry *const *entries;
	size_t count;
	/* The entry with the latest time in its field "taken", or NULL if the listing is empty. Of
	 * several entries with the same time, the last by name. A store does not read archives, so
	 * the start times recorded in archives are ignored. */
	const struct rdb_entry *latest;
	const struct rdb_passed_over *passed_over; /* the first RDB_PASSED_OVER_MAX by name */
	size_t passed_over_count;                  /* number of all files that are passed over */
};

#define RDB_PASSED_OVER_MAX 100

/* Appends a message such as "3 files are not listed: x.dump (unknown suffix), ...". Appends nothing
 * if all files are listed. Returns 0 or -ENOMEM. */
int rdb_listing_passed_over(const struct rdb_listing *listing, struct rdb_buf *out);

const struct rdb_listing *rdb_listing_ref(const struct rdb_listing *listing);
void rdb_listing_unref(const struct rdb_listing *listing);

/* rdb_listing_find() finds an entry by its backup name, rdb_listing_find_file() by its file name in
 * archives/. Both return NULL if there is no such entry. */
const struct rdb_entry *rdb_listing_find(const struct rdb_listing *listing, const char *name);
const struct rdb_entry *rdb_listing_find_file(const struct rdb_listing *listing, const char *file);

/* Returns whether the current listing can be read and has a backup with this file name. */
bool rdb_store_lists(struct rdb_store *store, const char *file);

/*
 * Returns the time at which a backup was taken, or 0 if the caller must use the time "listed".
 *   recorded  start of the backup, read from the archive; 0 if unknown
 *   top       name of the archive's top folder; "" if unknown
 *   listed    time of the backup in the store's listing
 *   dated     false if "listed" is only the modification time of the archive's file
 *
 * Returns if "dated" is true:
 *   recorded  "recorded" is known, and differs from "listed" by at most RDB_AGE_ZONES seconds
 *   0         in all other cases
 * Returns if "dated" is false:
 *   recorded  "recorded" is known
 *   time      "recorded" is unknown, and "top" contains this time
 *   0         in all other cases
 */
time_t rdb_age_own(time_t recorded, const char *top, time_t listed, bool dated);

/* Largest accepted difference in seconds between the time in a file name and the start that the
 * archive records. A correct name has a smaller difference: the time in a name is local time, and
 * two time zones differ by less than 27 hours. If the difference is larger, rdb_age_own() ignores
 * the recorded start. */
#define RDB_AGE_ZONES (27 * 3600)

/* Order of two backups by their times and names: newest first, then by descending name. Returns a
 * number as a comparison function of qsort() does. */
int rdb_age_order(time_t one, const char *one_name, time_t other, const char *other_name);

/* Compares two elements of an array of pointers to entries, for qsort(). Applies rdb_age_order() to
 * the fields "taken" and "name". Times inside the archives are not considered, so use this function
 * only if the archives cannot be read before the sort. */
int rdb_entry_by_age(const void *a, const void *b);

/* An entry and the time at which its backup was taken, for sorting by age. The time may be recorded
 * in the archive, and then differ from entry->taken. */
struct rdb_aged_entry {
	const struct rdb_entry *entry;
	time_t taken;
};

/* Compares two structs rdb_aged_entry, for qsort(). Applies rdb_age_order() to the time in the
 * struct and the name of the entry. */
int rdb_aged_entry_by_age(const void *a, const void *b);

/* ---- options of a store ---- */

struct rdb_store_options {
	bool recursive; /* include backups in a directory's subdirectories, as SUBDIR-NAME */
	/* True if the caller only creates backups. The store is then not listed, so the directory
	 * or bucket need not be readable, and rdb_store_list() fails with -EIO. */
	bool create_only;
	unsigned refresh;      /* seconds between listings of a remote store; 0 means 60 */
	uint64_t remote_cache; /* bytes that a remote store's sources may hold; 0 means 32 MiB */
	struct rdb_budget *budget; /* budget shared with other caches, used instead of remote_cache;
				      may be NULL */
	uint64_t rate; /* bytes per second to and from a remote store; 0 means no limit */
	/* Folder for data about a remote store that must outlive the process, such as records of
	 * uploads. NULL means that no such data is stored. */
	const char *state_dir;
	const char *cache_dir; /* folder for data that can be fetched again; NULL to store none */
	/* Options for S3 (s3/s3_client.h). If a field is NULL, false or 0, the store uses the value
	 * in the environment, or else the default. */
	const char *s3_endpoint, *s3_region, *ca_file;
	bool s3_path_style;
	uint64_t part_size, upload_memory; /* bytes */
	/* The fields below are options for a hosting service, which makes and stores backups
	 * (service/api.h and download/download.h). */
	const char *token;       /* NULL if there is no token */
	uint64_t download_cache; /* bytes; 0 means 10 GiB */
};

/* ---- the interface of all kinds of stores ---- */

/* Called on the store's thread, without a lock, for each new listing, and when the store becomes
 * unreadable or readable again. The function must not wait. */
typedef void (*rdb_store_changed)(void *arg);

/* Age of a store's listing, and the error of the last attempt to update it. */
struct rdb_store_state {
	time_t listed;        /* time when the listing was last current; 0 if always current */
	struct rdb_err error; /* error of the last refresh; code 0 after a success */
	/* Number of backups that a mirror has copied into its folder since the program opened the
	 * mirror. 0 if the store is not a mirror. */
	uint64_t arrivals;
};

#define RDB_STORE_TYPE_MAX 17 /* bytes of a type, with the NUL */

/* Properties of a backup to be created. The store copies all of them except the field "cancel". */
struct rdb_new_backup {
	const char *file;  /* name in the store, ending in .tar.gz; without a slash */
	const char *type;  /* type such as "daily", stored in a remote store's metadata */
	uint64_t estimate; /* expected bytes of the archive; 0 if unknown */
	bool overwrite;    /* replace a backup with the same file name */
	bool give_way;     /* return -EBUSY if another host seems to be writing the file */
	const struct rdb_cancel *cancel; /* cancels every call on the output; may be NULL */
};

/* Callbacks and result of rdb_store_trigger(). A text passed to a callback is valid only until the
 * callback returns. */
struct rdb_store_trigger {
	const struct rdb_cancel *cancel;
	void (*warn)(void *arg, const char *words); /* called with a warning before the request */
	void (*began)(void *arg); /* called when the service has accepted the request */
	void (*progress)(void *arg, const char *words); /* called with the service's status text */
	void *arg;
	char file[256]; /* set to the file name of the new backup */
};

/* Address and certificate of the cluster whose backups are in the store. A zero-initialised struct
 * has neither an address nor a certificate. */
struct rdb_store_cluster {
	char *connect;     /* rethinkdb://USER:PASSWORD@HOST:PORT; NULL if unknown */
	char *certificate; /* certificate to trust, in PEM format; NULL if none */
};

#define RDB_STORE_ORIGIN_MAX 1024 /* bytes of an origin, with the NUL */

/* Origin of a backup that a mirror has copied. */
struct rdb_store_copy {
	char type[RDB_STORE_TYPE_MAX];     /* type at the service, such as "daily"; "" if none */
	char origin[RDB_STORE_ORIGIN_MAX]; /* address of the deployment */
};

/*
 * Operations of one kind of store. rdb_store_X() calls the operation X. If the pointer of the
 * operation is NULL, rdb_store_X() returns a default:
 *   0         check
 *   -ENOENT   copied
 *   -ENOTSUP  open_folder, cluster
 *   -ENOSYS   space
 *   -EROFS    can_create, create, trigger, clean, remove
 */
struct rdb_store_ops {
	/* Stores the store's latest listing in *out, without waiting. The caller owns a reference
	 * to the listing. Returns 0, or -EIO if the store has no listing, for example because of
	 * the option create_only. */
	int (*list)(struct rdb_store *store, const struct rdb_listing **out, struct rdb_err *err);
	/* Checks without the network whether the entry's file was replaced, changed or removed. If
	 * so, waits at most a second for an updated listing, and returns -ESTALE. Returns 0 if the
	 * file is unchanged or cannot be examined. */
	int (*check)(struct rdb_store *store, const struct rdb_entry *entry);
	/* Reports how up to date the listing is, without waiting. This function pointer is NULL if
	 * the store's listing is always current. */
	void (*state)(struct rdb_store *store, struct rdb_store_state *out);
	/* Returns the address of the entry's archive for use in messages, or NULL if memory is
	 * exhausted. The caller frees the address. If this function pointer is NULL, an address
	 * consists of store->where and entry->path. */
	char *(*address)(struct rdb_store *store, const struct rdb_entry *entry);
	/*
	 * Opens the version of the archive that the entry describes. May wait for a local disk, but
	 * not for the network.
	 * Returns:
	 *   0        the archive is open
	 *   -ESTALE  this version of the archive was replaced or removed
	 *   -EACCES, -EIO or -EMFILE  the archive cannot be opened
	 */
	int (*open)(struct rdb_store *store, const struct rdb_entry *entry, struct rdb_source **out,
		struct rdb_err *err);
	/*
	 * Reports whether rdbfs made a backup. Does not read the archive, but may wait for the
	 * network. Stores the backup's type in "type". Sets *home to true if the archive is where
	 * rdbfs created it, or to false if the archive is a copy.
	 * Returns:
	 *   0        rdbfs made the backup
	 *   -ENOENT  another program made the backup
	 *   -ESTALE  the archive was replaced or removed
	 *   other    the request to the store failed, for example with -EACCES or -EIO
	 */
	int (*made)(struct rdb_store *store, const struct rdb_entry *entry,
		char type[RDB_STORE_TYPE_MAX], bool *home, struct rdb_err *err);
	/*
	 * Stores in *out the type and the origin of the backup from which a mirror made this copy.
	 * Waits for the disk.
	 * Returns:
	 *   0        a mirror made the entry's file
	 *   -ENOENT  no mirror made the file, or the file was changed later
	 *   -ESTALE  the file was removed
	 *   -EACCES, -EIO or -EMFILE  the file cannot be opened
	 */
	int (*copied)(
		struct rdb_store *store, const struct rdb_entry *entry, struct rdb_store_copy *out);
	/* Opens the folder of an RDB_ENTRY_FOLDER entry. Waits for the disk. Returns 0, or an error
	 * of open(). */
	int (*open_folder)(struct rdb_store *store, const struct rdb_entry *entry, int *dirfd,
		struct rdb_err *err);
	/* Starts the thread that updates the listing. Called after the program went to the
	 * background. Returns 0, or -EAGAIN if the thread cannot be started. */
	int (*watch)(
		struct rdb_store *store, rdb_store_changed changed, void *arg, struct rdb_err *err);
	/* Ends the thread of watch(), if the thread is running. After this call, "changed" is not
	 * called any more. In a remote store, also cancels all present and later reads of backups.
	 * Must not be called from "changed". */
	void (*unwatch)(struct rdb_store *store);
	/* Checks whether backups can probably be created in the store. Does not use the network, so
	 * an S3 store always returns 0. Returns 0 if no obstacle is found, -EROFS if the file
	 * system is read-only, or -EACCES if the store's folder is not writable for another reason.
	 */
	int (*can_create)(struct rdb_store *store, struct rdb_err *err);
	/*
	 * Asks a hosting service to make a backup, and waits until the service lists the backup.
	 * Returns:
	 *   0           the service lists the new backup
	 *   -ECANCELED  trigger->cancel was fired
	 *   -EIO        the backup failed or was not listed
	 *   other       an error of rdb_store_open()
	 */
	int (*trigger)(
		struct rdb_store *store, struct rdb_store_trigger *trigger, struct rdb_err *err);
	/* Asks a hosting service for the address and the certificate of the cluster. Must be called
	 * before watch(). The caller frees *out with rdb_store_cluster_free(), even after an error.
	 * Returns 0, or an error of rdb_store_open(). */
	int (*cluster)(struct rdb_store *store, struct rdb_store_cluster *out, struct rdb_err *err);
	/*
	 * Begins a new backup. May wait for the disk or the network. The caller owns *out. The
	 * commit of *out completes the backup.
	 * Returns:
	 *   0           the backup has begun
	 *   -EEXIST     the file backup->file exists, and backup->overwrite is false
	 *   -EBUSY      another process writes the backup
	 *   -EINVAL     backup->file is not a valid name of a backup
	 *   -ECANCELED  backup->cancel was fired
	 *   -EACCES, -EROFS, -ENOSPC, -EDQUOT, -ENAMETOOLONG, -ENOENT, -EMFILE or -EIO
	 *               the backup cannot be created
	 *   other       an error of rdb_store_open() for a remote host
	 */
	int (*create)(struct rdb_store *store, const struct rdb_new_backup *backup,
		struct rdb_output **out, struct rdb_err *err);
	/* Removes unfinished backups of processes that have ended. An unfinished backup is a hidden
	 * file in a local folder, or an unfinished upload to S3. May wait for the disk or the
	 * network. Returns the number of removed backups, or a negative errno. */
	int (*clean)(struct rdb_store *store, struct rdb_err *err);
	/* Permanently removes the backup that *entry describes. Waits for the disk or the network.
	 * Returns 0, -EACCES, -EROFS, -EIO, or -ESTALE if the backup was already replaced or
	 * removed. */
	int (*remove)(struct rdb_store *store, const struct rdb_entry *entry, struct rdb_err *err);
	/* Stores the size and the free space, in bytes, of the disk that holds the store's folder.
	 * Returns 0, or -EIO if the folder cannot be read. This pointer is NULL if the store has no
	 * local folder. */
	int (*space)(struct rdb_store *store, uint64_t *total, uint64_t *free_bytes);
	/* Ends the store's thread and frees the store. The caller must close the store's outputs
	 * before this call. The store's sources and entries remain valid after this call. */
	void (*close)(struct rdb_store *store);
};

/* Base of every kind of store. The strings are valid until the store is closed. */
struct rdb_store {
	const struct rdb_store_ops *ops;
	const char *where; /* a path or an address for messages; never a secret */
	const char *path;  /* absolute path of a local store; NULL for a remote store */
	const char *cache; /* folder for cached data about remote backups; may be NULL */
	bool lazy; /* any read downloads the whole backup, so backups are read only on request */
};

/* ---- calls ---- */

/* Returns the separator between the path "where" and a file name: "/", or "" if "where" already
 * ends with a slash. */
static inline const char *rdb_store_separator(const char *where)
{
	size_t len = strlen(where);

	return len > 0 && where[len - 1] == '/' ? "" : "/";
}

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

char *rdb_store_address(struct rdb_store *store, const struct rdb_entry *entry);

/* The operation "address" of a store that has only one backup, whose address is store->where. */
char *rdb_store_address_single(struct rdb_store *store, const struct rdb_entry *entry);

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

/* Returns true if the store was opened for one backup, whose address is store->where. */
bool rdb_store_is_single(const struct rdb_store *store);

/* Returns whether the store can remove backups. If not, rmdir in the mount is not supported. */
bool rdb_store_can_remove(const struct rdb_store *store);

/* Returns true if the store is a hosting service that makes a backup when rdb_store_trigger()
 * requests one. */
bool rdb_store_can_trigger(const struct rdb_store *store);

#endif
