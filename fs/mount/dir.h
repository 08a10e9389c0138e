/*
 * Open directories. Offsets are places in the listing as it was when the directory was opened
 * (or rewound): stable, whatever happens meanwhile.
 */
#ifndef RDB_MOUNT_DIR_H
#define RDB_MOUNT_DIR_H

#include "mount/tree.h"

struct rdb_dirview;

/* One answer to readdir or readdirplus, being filled. */
struct rdb_dirbuf {
	struct rdb_mount *mount;
	fuse_req_t req;
	char *data;
	size_t size, used;
	int error; /* a negative errno: it is answered with that, whatever is in it */
	bool plus;
	fuse_ino_t *entered; /* numbers that were entered for this answer */
	size_t count;
};

/*
 * Add the place-th entry (from 0). false: the answer is full, or memory is out; this entry was
 * not added. The second is for one that only has a number and a type.
 */
bool rdb_dirbuf_node(
	struct rdb_dirbuf *buf, const char *name, size_t place, const struct rdb_node *node);
bool rdb_dirbuf_name(
	struct rdb_dirbuf *buf, const char *name, size_t place, fuse_ino_t ino, mode_t type);

struct rdb_dirview {
	struct rdb_handle handle; /* the first member */
	struct rdb_node node;
	/* Adds entries from place on until one doesn't fit. */
	void (*fill)(struct rdb_dirview *dir, size_t from, struct rdb_dirbuf *buf);
	/* Called when the directory is read from its start; may be NULL. 0 or a negative errno. */
	int (*rewind)(struct rdb_dirview *dir);
	const struct rdb_listing *listing; /* of root and archives */
};

/* Answers an opendir with a directory like this one; takes its listing over. The backup is in
 * use as long as the directory is open. */
void rdb_dirview_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_dirview *like,
	struct fuse_file_info *fi);

/* A rewind for directories that show the store's listing: fetches it. */
int rdb_dirview_refresh(struct rdb_dirview *dir);

#endif
