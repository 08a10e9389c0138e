/*
 * Handles of open directories. The offset of an entry is its position in the listing taken at
 * opendir or rewinddir, so offsets stay valid when backups are added or removed.
 */
#ifndef RDB_MOUNT_DIR_H
#define RDB_MOUNT_DIR_H

#include "mount/tree.h"

/* A reply to readdir or readdirplus that is being filled. */
struct rdb_dirbuf {
	struct rdb_mount *mount;
	fuse_req_t req;
	char *data;
	size_t size, used;
	int error; /* negative errno to reply instead of the entries */
	bool plus;
	fuse_ino_t *entered; /* inode numbers of the nodes whose lookups were counted */
	size_t count;
};

#define RDB_DIR_DOTS 2 /* the entries "." and ".." come before all others */

/* Initialises an empty reply of at most "size" bytes. "plus" is true for a readdirplus request.
 * Returns 0 or -ENOMEM. The caller calls rdb_dirbuf_free() even after an error. */
int rdb_dirbuf_init(
	struct rdb_dirbuf *buf, struct rdb_mount *mount, fuse_req_t req, size_t size, bool plus);
void rdb_dirbuf_free(struct rdb_dirbuf *buf);

/* Replies to the request with the entries, or with the error in buf->error. */
void rdb_dirbuf_reply(struct rdb_dirbuf *buf);

/* Adds the entries "." (position 0) and ".." (position 1) to the reply. Leaves out an entry whose
 * position is less than "from". Returns false if the reply is full. */
bool rdb_dirbuf_dots(struct rdb_dirbuf *buf, const struct rdb_node *node, uint64_t from);

/* Adds an entry with the node's attributes. "place" is the index of the entry in the directory,
 * where "." and ".." are not counted. Returns false if the reply is full or memory is short. */
bool rdb_dirbuf_node(
	struct rdb_dirbuf *buf, const char *name, size_t place, const struct rdb_node *node);

/* Adds an entry for which the caller has no node. The entry contains only the name, the inode
 * number and the file type. "place" and the return value have the same meaning as in
 * rdb_dirbuf_node(). */
bool rdb_dirbuf_name(
	struct rdb_dirbuf *buf, const char *name, size_t place, fuse_ino_t ino, mode_t type);

struct rdb_dirview {
	struct rdb_handle handle; /* the first member */
	struct rdb_node node;
	/* Adds the directory's entries to the reply, from the position "from" on, until the reply
	 * is full. */
	void (*fill)(struct rdb_dirview *dir, size_t from, struct rdb_dirbuf *buf);
	/* Called when a program reads the directory from its start, for the first time or again.
	 * Returns 0 or a negative errno. The pointer "rewind" may be NULL. */
	int (*rewind)(struct rdb_dirview *dir);
	/* Releases the objects that the directory uses. Called when the directory is closed, or
	 * immediately if the directory cannot be opened. The pointer "close" may be NULL. */
	void (*close)(struct rdb_dirview *dir);
	const void *own; /* used by the opener */
};

/* Answers an opendir request with a copy of *like as the handle. Calls close() of the copy when the
 * directory is closed, or at once if the opendir fails. */
void rdb_dirview_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_dirview *like,
	struct fuse_file_info *fi);

#endif
