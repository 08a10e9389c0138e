/*
 * The tree of what was copied into restore/: directories, files, symbolic links, each with what
 * stat shows of it, so that a second copy sees what the first one did. No content.
 *
 * Threads: any; nothing waits.
 */
#ifndef RDB_MOUNT_RECEIPT_H
#define RDB_MOUNT_RECEIPT_H

#include "base/buf.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/stat.h>

struct rdb_push;
struct rdb_push_table;
struct rdb_receipts;

TAILQ_HEAD(rdb_receipt_list, rdb_receipt);

struct rdb_receipt {
	/* These never change. */
	struct rdb_receipts *all;
	uint64_t ino;
	mode_t type;  /* S_IFDIR, S_IFREG, S_IFLNK */
	char *target; /* of a link */

	atomic_uint refs;

	/* The tree's lock guards the rest. */
	char *name;
	struct rdb_receipt *parent; /* with a reference; NULL: the root, or taken out */
	struct rdb_receipt_list children;
	uint64_t place;      /* among its siblings; grows */
	uint64_t next_place; /* of the next child */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	uint64_t size;
	struct timespec mtime;
	struct rdb_push *push;        /* what is being written; pushes' own lock, see push.h */
	struct rdb_push_table *table; /* what it is part of, with a reference; the same */
	TAILQ_ENTRY(rdb_receipt) link;
};

struct rdb_receipts {
	pthread_mutex_t lock;
	struct rdb_receipt *root;
	_Atomic uint64_t next_ino;
	uid_t uid;
	gid_t gid;
	/* Called when a receipt is freed, without the lock. */
	void (*freed)(struct rdb_receipt *receipt);
};

/* 0 or -ENOMEM. uid, gid: of whom all belongs to. */
int rdb_receipts_init(
	struct rdb_receipts *all, uid_t uid, gid_t gid, void (*freed)(struct rdb_receipt *receipt));

/* When nobody has a reference but the tree. */
void rdb_receipts_destroy(struct rdb_receipts *all);

struct rdb_receipt *rdb_receipt_ref(struct rdb_receipt *receipt);
void rdb_receipt_unref(struct rdb_receipt *receipt);

/* With a reference; NULL: there is none of that name. */
struct rdb_receipt *rdb_receipt_find(struct rdb_receipt *dir, const char *name);

/* Makes one; target is that of a link. With a reference in *out.
 *   -EEXIST -ENOENT (the directory was removed) -ENOMEM */
int rdb_receipt_add(struct rdb_receipt *dir, const char *name, mode_t mode, const char *target,
	struct rdb_receipt **out);

/* Takes it out of its directory; of a directory only when it is empty: -ENOTEMPTY. -ENOENT when
 * it is out already. */
int rdb_receipt_remove(struct rdb_receipt *receipt);

/* Gives it another place and name. What has that name already is taken out and given back in
 * *replaced with a reference, else NULL.
 *   -ENOENT -ENOMEM, and, with replace false, -EEXIST */
int rdb_receipt_move(struct rdb_receipt *receipt, struct rdb_receipt *dir, const char *name,
	bool replace, struct rdb_receipt **replaced);

bool rdb_receipt_is_empty(struct rdb_receipt *dir);

/* Calls emit for each child from a place on, each with a reference of emit's own, until it
 * returns false. */
void rdb_receipt_each(struct rdb_receipt *dir, uint64_t from,
	bool (*emit)(void *arg, struct rdb_receipt *child, const char *name, uint64_t place),
	void *arg);

/* "blog/posts.json", appended. 0 or -ENOMEM. */
int rdb_receipt_path(struct rdb_receipt *receipt, struct rdb_buf *out);

/* A copy of a directory's name, "" of the root; NULL: no memory. */
char *rdb_receipt_name(struct rdb_receipt *receipt);

/* With a reference; NULL: the root, or taken out. */
struct rdb_receipt *rdb_receipt_parent(struct rdb_receipt *receipt);

uint64_t rdb_receipt_parent_ino(struct rdb_receipt *receipt); /* 0: the root */

void rdb_receipt_stat(struct rdb_receipt *receipt, struct stat *out);
void rdb_receipt_chmod(struct rdb_receipt *receipt, mode_t mode);
void rdb_receipt_chown(struct rdb_receipt *receipt, uid_t uid, gid_t gid); /* -1: as it is */
void rdb_receipt_touch(struct rdb_receipt *receipt, struct timespec mtime);
void rdb_receipt_resize(struct rdb_receipt *receipt, uint64_t size); /* and it is now */

#endif
