/*
 * A read token for a cluster that other clients use. Only the thread that holds the token may query
 * the cluster, so tables are read one at a time. All functions are thread-safe.
 */
#ifndef RDB_DUMP_READ_TOKEN_H
#define RDB_DUMP_READ_TOKEN_H

#include "base/cancel.h"

struct rdb_read_token {
	int fd; /* an eventfd; its value is 1 while no thread holds the token, else 0 */
};

/* Returns 0, -EMFILE, -ENFILE or -ENOMEM. */
int rdb_read_token_init(struct rdb_read_token *turn);

/* Waits until no other thread has the read token, and takes it. Returns 0, or -EINTR if cancelled.
 */
int rdb_read_token_acquire(struct rdb_read_token *turn, const struct rdb_cancel *cancel);
void rdb_read_token_release(struct rdb_read_token *turn);

void rdb_read_token_destroy(struct rdb_read_token *turn);

#endif
