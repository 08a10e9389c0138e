/*
 * List of the responses that a connection still expects, or has received but not yet returned to
 * the caller. The responses are in the order in which the queries were sent. Not thread-safe.
 */
#ifndef RDB_REQL_AWAITED_H
#define RDB_REQL_AWAITED_H

#include "base/buf.h"
#include "base/queue.h"

#include <stdbool.h>
#include <stdint.h>

struct rdb_awaited {
	TAILQ_ENTRY(rdb_awaited) link;
	int64_t token;
	bool here;           /* the response has arrived */
	bool forgotten;      /* drop the response when it arrives */
	struct rdb_buf body; /* when here */
};

TAILQ_HEAD(rdb_awaited_list, rdb_awaited);

void rdb_awaited_free(struct rdb_awaited_list *list);

/* Adds an expected response for the query with this token. Returns NULL if memory is exhausted. */
struct rdb_awaited *rdb_awaited_add(struct rdb_awaited_list *list, int64_t token);

/* Returns the oldest entry for this token, or for any token if "token" is 0. If "here" is true,
 * finds a response that has arrived, otherwise a response that is still expected. Returns NULL if
 * no entry matches. */
struct rdb_awaited *rdb_awaited_find(struct rdb_awaited_list *list, int64_t token, bool here);

/* Removes a response from the list, and frees the response. */
void rdb_awaited_drop(struct rdb_awaited_list *list, struct rdb_awaited *awaited);

/* Moves the received response *body to the token's entry in the list, and empties *body. If
 * rdb_awaited_forget() was called for the token, removes the entry, and leaves *body unchanged.
 * Returns 0, or -ENOENT if no response for the token is expected. */
int rdb_awaited_arrive(struct rdb_awaited_list *list, int64_t token, struct rdb_buf *body);

/* Drops all responses for a token. Responses that arrive later are dropped when they arrive. */
void rdb_awaited_forget(struct rdb_awaited_list *list, int64_t token);

#endif
