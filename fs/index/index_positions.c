/* Three sorted lists of positions in an archive's content: damaged ranges, marks (the ends of
 * tables), and checkpoints (positions where decoding can start). A checkpoint's decoder state is in
 * the index's file if possible, otherwise in memory. */
#include "index/index_private.h"

#include "base/array.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_MAX (4 * 1024 * 1024) /* bytes of decoder states in memory, per archive */

void rdb_index_positions_init(struct rdb_index *index)
{
	pthread_mutex_init(&index->lock, NULL);
	index->checkpoints = (struct rdb_position_list){.size = sizeof(struct rdb_checkpoint),
		.key = offsetof(struct rdb_checkpoint, offset)};
	index->marks = (struct rdb_position_list){
		.size = sizeof(struct rdb_mark), .key = offsetof(struct rdb_mark, offset)};
	index->damage = (struct rdb_position_list){
		.size = sizeof(struct rdb_damage), .key = offsetof(struct rdb_damage, to)};
}

void rdb_index_positions_free(struct rdb_index *index)
{
	struct rdb_checkpoint *checkpoints = index->checkpoints.items;

	for (size_t i = 0; i < index->checkpoints.count; i++)
		free(checkpoints[i].memory);
	free(checkpoints);
	free(index->marks.items);
	free(index->damage.items);
	pthread_mutex_destroy(&index->lock);
}

static void *item_at(const struct rdb_position_list *list, size_t i)
{
	return (char *)list->items + i * list->size;
}

static uint64_t key_at(const struct rdb_position_list *list, size_t i)
{
	return *(const uint64_t *)(const void *)((const char *)item_at(list, i) + list->key);
}

/* ---- adding; with the lock held ---- */

static int append(struct rdb_position_list *list, uint64_t limit, const void *item)
{
	if (list->count > 0 && key_at(list, list->count - 1) >= limit)
		return -EINVAL;
	if (rdb_array_grow(&list->items, &list->cap, list->count, list->size) != 0)
		return -ENOMEM;
	memcpy(item_at(list, list->count++), item, list->size);
	return 0;
}

/* To save memory, removes half of the checkpoints whose decoder state exists only in memory: every
 * second one of these checkpoints. */
static void thin_out(struct rdb_index *index)
{
	struct rdb_checkpoint *checkpoints = index->checkpoints.items;
	size_t kept = 0, seen = 0;

	for (size_t i = 0; i < index->checkpoints.count; i++) {
		if (checkpoints[i].memory && seen++ % 2 == 1) {
			index->memory -= checkpoints[i].len;
			free(checkpoints[i].memory);
		} else {
			checkpoints[kept++] = checkpoints[i];
		}
	}
	index->checkpoints.count = kept;
}

int rdb_index_add(struct rdb_index *index, const struct rdb_checkpoint *checkpoint)
{
	int ret;

	pthread_mutex_lock(&index->lock);
	ret = append(&index->checkpoints, checkpoint->offset, checkpoint);
	if (ret == 0 && checkpoint->memory)
		index->memory += checkpoint->len;
	if (index->memory > MEMORY_MAX)
		thin_out(index);
	pthread_mutex_unlock(&index->lock);
	return ret;
}

int rdb_index_add_mark(struct rdb_index *index, const struct rdb_mark *mark)
{
	int ret;

	pthread_mutex_lock(&index->lock);
	ret = append(&index->marks, mark->offset, mark);
	pthread_mutex_unlock(&index->lock);
	return ret;
}

int rdb_index_add_damage(struct rdb_index *index, const struct rdb_damage *damage)
{
	int ret;

	if (damage->from >= damage->to)
		return -EINVAL;
	pthread_mutex_lock(&index->lock);
	ret = append(&index->damage, damage->from + 1, damage);
	pthread_mutex_unlock(&index->lock);
	return ret;
}

/* ---- looking up ---- */

static size_t count_up_to(const struct rdb_position_list *list, uint64_t offset)
{
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (key_at(list, middle) <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool copy_next(
	struct rdb_index *index, const struct rdb_position_list *list, uint64_t offset, void *out)
{
	bool found;
	size_t n;

	pthread_mutex_lock(&index->lock);
	n = count_up_to(list, offset);
	found = n < list->count;
	if (found)
		memcpy(out, item_at(list, n), list->size);
	pthread_mutex_unlock(&index->lock);
	return found;
}

bool rdb_index_find(struct rdb_index *index, uint64_t offset, struct rdb_checkpoint *out)
{
	size_t n;

	pthread_mutex_lock(&index->lock);
	n = count_up_to(&index->checkpoints, offset);
	if (n > 0)
		memcpy(out, item_at(&index->checkpoints, n - 1), sizeof(*out));
	pthread_mutex_unlock(&index->lock);
	return n > 0;
}

bool rdb_index_next(struct rdb_index *index, uint64_t offset, struct rdb_checkpoint *out)
{
	return copy_next(index, &index->checkpoints, offset, out);
}

bool rdb_index_next_mark(struct rdb_index *index, uint64_t offset, struct rdb_mark *out)
{
	return copy_next(index, &index->marks, offset, out);
}

bool rdb_index_next_damage(struct rdb_index *index, uint64_t offset, struct rdb_damage *out)
{
	return copy_next(index, &index->damage, offset, out);
}

bool rdb_index_is_damaged(struct rdb_index *index, uint64_t from, uint64_t to)
{
	struct rdb_damage damage;

	return rdb_index_next_damage(index, from, &damage) && damage.from < to;
}

int rdb_index_memory_state(
	struct rdb_index *index, const struct rdb_checkpoint *checkpoint, struct rdb_buf *out)
{
	const struct rdb_checkpoint *kept;
	int ret = -EIO;
	size_t n;

	pthread_mutex_lock(&index->lock);
	/* Look up the original checkpoint by its offset, because *checkpoint is a copy whose
	 * pointer to the decoder state may be stale. */
	n = count_up_to(&index->checkpoints, checkpoint->offset);
	kept = n > 0 ? item_at(&index->checkpoints, n - 1) : NULL;
	if (kept && kept->offset == checkpoint->offset)
		ret = rdb_buf_add(out, kept->memory, checkpoint->len);
	pthread_mutex_unlock(&index->lock);
	return ret;
}
