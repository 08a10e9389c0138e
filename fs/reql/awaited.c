#include "reql/awaited.h"

#include <errno.h>
#include <stdlib.h>

void rdb_awaited_init(struct rdb_awaited_list *list)
{
	*list = (struct rdb_awaited_list){.last = &list->first};
}

void rdb_awaited_free(struct rdb_awaited_list *list)
{
	while (list->first)
		rdb_awaited_drop(list, &list->first);
}

int rdb_awaited_add(struct rdb_awaited_list *list, int64_t token)
{
	struct rdb_awaited *awaited = calloc(1, sizeof(*awaited));

	if (!awaited)
		return -ENOMEM;
	awaited->token = token;
	*list->last = awaited;
	list->last = &awaited->next;
	return 0;
}

struct rdb_awaited **rdb_awaited_find(struct rdb_awaited_list *list, int64_t token, bool here)
{
	struct rdb_awaited **place = &list->first;

	while (*place && ((*place)->here != here || (token && (*place)->token != token)))
		place = &(*place)->next;
	return place;
}

void rdb_awaited_drop(struct rdb_awaited_list *list, struct rdb_awaited **place)
{
	struct rdb_awaited *awaited = *place;

	*place = awaited->next;
	if (list->last == &awaited->next)
		list->last = place;
	rdb_buf_free(&awaited->body);
	free(awaited);
}

int rdb_awaited_arrive(struct rdb_awaited_list *list, int64_t token, struct rdb_buf *body)
{
	struct rdb_awaited **place = rdb_awaited_find(list, token, false);

	if (!*place)
		return -ENOENT;
	if ((*place)->forgotten) {
		rdb_awaited_drop(list, place);
		return 0;
	}
	(*place)->here = true;
	(*place)->body = *body;
	*body = (struct rdb_buf){0};
	return 0;
}

void rdb_awaited_forget(struct rdb_awaited_list *list, int64_t token)
{
	struct rdb_awaited **place = &list->first;

	while (*place) {
		if ((*place)->token == token && (*place)->here) {
			rdb_awaited_drop(list, place);
			continue;
		}
		if ((*place)->token == token)
			(*place)->forgotten = true;
		place = &(*place)->next;
	}
}
