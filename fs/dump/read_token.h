/*
 * A token that one thread at a time holds while it queries a cluster that other clients use. Any
 * thread may call.
 */
#ifndef RDB_DUMP_READ_TOKEN_H
#define RDB_DUMP_READ_TOKEN_H

#include "base/cancel.h"

struct rdb_turn {
	int fd; /* an eventfd, 1 while no thread holds the token */
};

/* Returns 0, -EMFILE, -ENFILE or -ENOMEM. */
int rdb_turn_init(struct rdb_turn *turn);

/* Waits for the token. Returns 0, or -EINTR when cancelled. */
int rdb_turn_take(struct rdb_turn *turn, const struct rdb_cancel *cancel);
void rdb_turn_give(struct rdb_turn *turn);

void rdb_turn_destroy(struct rdb_turn *turn);

#endif
