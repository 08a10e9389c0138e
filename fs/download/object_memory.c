#include "download/object_memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

#define HALF (RDB_OBJECT_SLAB / 2)

struct rdb_object_slab {
	char *data;
	bool used[2];
	struct rdb_object_slab *next;
};

static struct rdb_object_slab *add_slab(struct rdb_object_memory *memory)
{
	struct rdb_object_slab *slab = calloc(1, sizeof(*slab));

	if (slab)
		slab->data = aligned_alloc(RDB_OBJECT_SLAB, RDB_OBJECT_SLAB);
	if (!slab || !slab->data) {
		free(slab);
		return NULL;
	}
	(void)!madvise(slab->data, RDB_OBJECT_SLAB, MADV_HUGEPAGE); /* only for speed */
	slab->next = memory->slabs;
	memory->slabs = slab;
	return slab;
}

void *rdb_object_memory_get(struct rdb_object_memory *memory, size_t len)
{
	struct rdb_object_slab *slab = memory->slabs;
	int half;

	if (len != HALF)
		return malloc(len);
	while (slab && slab->used[0] && slab->used[1])
		slab = slab->next;
	if (!slab)
		slab = add_slab(memory);
	if (!slab)
		return NULL;
	half = slab->used[0] ? 1 : 0;
	slab->used[half] = true;
	return slab->data + (size_t)half * HALF;
}

static bool is_empty(const struct rdb_object_slab *slab)
{
	return !slab->used[0] && !slab->used[1];
}

static bool has_other_empty(
	const struct rdb_object_memory *memory, const struct rdb_object_slab *slab)
{
	const struct rdb_object_slab *other = memory->slabs;

	while (other && (other == slab || !is_empty(other)))
		other = other->next;
	return other != NULL;
}

static void remove_slab(struct rdb_object_slab **link)
{
	struct rdb_object_slab *slab = *link;

	*link = slab->next;
	free(slab->data);
	free(slab);
}

void rdb_object_memory_put(struct rdb_object_memory *memory, void *data, size_t len)
{
	struct rdb_object_slab **link = &memory->slabs;
	char *at = data;

	if (!data || len != HALF) {
		free(data);
		return;
	}
	while (at < (*link)->data || at >= (*link)->data + RDB_OBJECT_SLAB)
		link = &(*link)->next;
	(*link)->used[at != (*link)->data] = false;
	if (is_empty(*link) && has_other_empty(memory, *link))
		remove_slab(link);
}

void rdb_object_memory_free(struct rdb_object_memory *memory)
{
	while (memory->slabs)
		remove_slab(&memory->slabs);
}
