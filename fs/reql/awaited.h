/*
 * Responses that a connection expects, or that have arrived and were not fetched yet, in the order
 * in which the queries were sent. Not thread-safe.
 */
#ifndef RDB_REQL_AWAITED_H
#define RDB_REQL_AWAITED_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rdb_awaited {
	struct rdb_awaited *next;
	int64_t token;
	bool here;           /* the response has arrived */
	bool forgotten;      /* drop the response when it arrives */
	struct rdb_buf body; /* when here */
};

/* Initialise with rdb_awaited_init(). */
struct rdb_awaited_list {
	struct rdb_awaited *first, **last;
	size_t in_flight; /* expected responses, not here */
};

void rdb_awaited_init(struct rdb_awaited_list *list);
void rdb_awaited_free(struct rdb_awaited_list *list);

/* Expects a response to a token. Returns 0 or -ENOMEM. */
int rdb_awaited_add(struct rdb_awaited_list *list, int64_t token);

/* Finds the first response to a token, where 0 means any token. The flag here selects responses
 * that have arrived, otherwise expected responses. Returns the address of the list's pointer to the
 * response. The pointer is NULL if no response matches. */
struct rdb_awaited **rdb_awaited_find(struct rdb_awaited_list *list, int64_t token, bool here);

/* Removes and frees the response at that place. */
void rdb_awaited_drop(struct rdb_awaited_list *list, struct rdb_awaited **place);

/* Assigns a response's text to the query with its token, and takes ownership of the text, unless
 * the response was forgotten. -ENOENT: no response to the token is expected. */
int rdb_awaited_arrive(struct rdb_awaited_list *list, int64_t token, struct rdb_buf *body);

/* Drops the responses to a token, present and expected. */
void rdb_awaited_forget(struct rdb_awaited_list *list, int64_t token);

#endif
