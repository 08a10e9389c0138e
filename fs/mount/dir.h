/*
 * Open directories. Offsets are positions in the listing as of opendir (or rewinddir), so they stay
 * valid whatever changes meanwhile.
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
	int error; /* a negative errno: the reply, whatever buf holds */
	bool plus;
	fuse_ino_t *entered; /* inode numbers entered for this reply */
	size_t count;
};

#define RDB_DIR_DOTS 2 /* "." and ".." have the first positions */

/* Initialises the buffer. Returns 0 or -ENOMEM; free it in either case. */
int rdb_dirbuf_init(
	struct rdb_dirbuf *buf, struct rdb_mount *mount, fuse_req_t req, size_t size, bool plus);
void rdb_dirbuf_free(struct rdb_dirbuf *buf);

/* Answers the request with the entries, or with the error. */
void rdb_dirbuf_reply(struct rdb_dirbuf *buf);

/* Adds "." and ".." of a directory, unless the offset `from` is behind them. Returns false if the
 * reply is full. */
bool rdb_dirbuf_dots(struct rdb_dirbuf *buf, const struct rdb_node *node, uint64_t from);

/*
 * Adds the entry number `place` (from 0). Returns false if the reply is full, or memory is out; the
 * entry was not added. The second function adds an entry that only has a number and a type.
 */
bool rdb_dirbuf_node(
	struct rdb_dirbuf *buf, const char *name, size_t place, const struct rdb_node *node);
bool rdb_dirbuf_name(
	struct rdb_dirbuf *buf, const char *name, size_t place, fuse_ino_t ino, mode_t type);

struct rdb_dirview {
	struct rdb_handle handle; /* the first member */
	struct rdb_node node;
	/* Adds entries, from number `from` on, until one does not fit. */
	void (*fill)(struct rdb_dirview *dir, size_t from, struct rdb_dirbuf *buf);
	/* Called when the directory is read from its start; may be NULL. Returns 0 or a negative
	 * errno. */
	int (*rewind)(struct rdb_dirview *dir);
	const struct rdb_listing *listing; /* listing of the root and of archives/ */
};

/* Answers an opendir with a copy of `like`; takes ownership of its listing. The backup is in use as
 * long as the directory is open. */
void rdb_dirview_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_dirview *like,
	struct fuse_file_info *fi);

/* For use as rewind by directories that show the store's listing: fetches the listing again. */
int rdb_dirview_refresh(struct rdb_dirview *dir);

#endif
