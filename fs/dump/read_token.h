/*
 * Taking turns at the cluster: while it is limited, one thread at a time has a question under
 * way. Any thread may call.
 */
#ifndef RDB_DUMP_READ_TOKEN_H
#define RDB_DUMP_READ_TOKEN_H

#include "base/cancel.h"

struct rdb_turn {
	int fd; /* an eventfd that is 1 while no thread has the turn */
};

/* 0, -EMFILE, -ENFILE, -ENOMEM. */
int rdb_turn_init(struct rdb_turn *turn);

/* Waits for the turn. 0, or -EINTR when cancelled. */
int rdb_turn_take(struct rdb_turn *turn, const struct rdb_cancel *cancel);
void rdb_turn_give(struct rdb_turn *turn);

void rdb_turn_destroy(struct rdb_turn *turn);

#endif
