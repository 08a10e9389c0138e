#include "reql/awaited.h"

#include <errno.h>
#include <stdlib.h>

void rdb_awaited_free(struct rdb_awaited_list *list)
{
	while (!TAILQ_EMPTY(list))
		rdb_awaited_drop(list, TAILQ_FIRST(list));
}

struct rdb_awaited *rdb_awaited_add(struct rdb_awaited_list *list, int64_t token)
{
	struct rdb_awaited *awaited = calloc(1, sizeof(*awaited));

	if (!awaited)
		return NULL;
	awaited->token = token;
	TAILQ_INSERT_TAIL(list, awaited, link);
	return awaited;
}

struct rdb_awaited *rdb_awaited_find(struct rdb_awaited_list *list, int64_t token, bool here)
{
	struct rdb_awaited *awaited;

	TAILQ_FOREACH(awaited, list, link)
	if (awaited->here == here && (!token || awaited->token == token))
		return awaited;
	return NULL;
}

void rdb_awaited_drop(struct rdb_awaited_list *list, struct rdb_awaited *awaited)
{
	TAILQ_REMOVE(list, awaited, link);
	rdb_buf_free(&awaited->body);
	free(awaited);
}

int rdb_awaited_arrive(struct rdb_awaited_list *list, int64_t token, struct rdb_buf *body)
{
	struct rdb_awaited *awaited = rdb_awaited_find(list, token, false);

	if (!awaited)
		return -ENOENT;
	if (awaited->forgotten) {
		rdb_awaited_drop(list, awaited);
		return 0;
	}
	awaited->here = true;
	awaited->body = *body;
	*body = (struct rdb_buf){0};
	return 0;
}

void rdb_awaited_forget(struct rdb_awaited_list *list, int64_t token)
{
	struct rdb_awaited *next;

	for (struct rdb_awaited *awaited = TAILQ_FIRST(list); awaited; awaited = next) {
		next = TAILQ_NEXT(awaited, link);
		if (awaited->token == token && awaited->here)
			rdb_awaited_drop(list, awaited);
		else if (awaited->token == token)
			awaited->forgotten = true;
	}
}
