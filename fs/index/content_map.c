#include "index/content_map.h"

#include "base/array.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_MAX (4 * 1024 * 1024) /* bytes of decoder states in memory, per archive */

void rdb_content_map_init(struct rdb_content_map *map)
{
	*map = (struct rdb_content_map){0};
	pthread_mutex_init(&map->lock, NULL);
}

void rdb_content_map_free(struct rdb_content_map *map)
{
	for (size_t i = 0; i < map->count; i++)
		free(map->checkpoints[i].memory);
	free(map->checkpoints);
	free(map->marks);
	free(map->damage);
	pthread_mutex_destroy(&map->lock);
}

/* ---- adding ---- */

/* Saves memory. Of the checkpoints whose decoder state exists only in memory, removes every second
 * checkpoint with its state. The caller holds the lock. */
static void thin_out(struct rdb_content_map *map)
{
	size_t kept = 0, seen = 0;

	for (size_t i = 0; i < map->count; i++) {
		struct rdb_checkpoint *checkpoint = &map->checkpoints[i];
		if (checkpoint->memory && seen++ % 2 == 1) {
			map->memory -= checkpoint->len;
			free(checkpoint->memory);
		} else {
			map->checkpoints[kept++] = *checkpoint;
		}
	}
	map->count = kept;
}

int rdb_content_map_add_checkpoint(
	struct rdb_content_map *map, const struct rdb_checkpoint *checkpoint)
{
	int ret = 0;

	pthread_mutex_lock(&map->lock);
	if (map->count > 0 && map->checkpoints[map->count - 1].offset >= checkpoint->offset)
		ret = -EINVAL;
	if (ret == 0)
		ret = rdb_array_grow(
			&map->checkpoints, &map->cap, map->count, sizeof(*map->checkpoints));
	if (ret == 0) {
		map->checkpoints[map->count++] = *checkpoint;
		if (checkpoint->memory)
			map->memory += checkpoint->len;
		if (map->memory > MEMORY_MAX)
			thin_out(map);
	}
	pthread_mutex_unlock(&map->lock);
	return ret;
}

int rdb_content_map_add_mark(struct rdb_content_map *map, const struct rdb_mark *mark)
{
	int ret = 0;

	pthread_mutex_lock(&map->lock);
	if (map->mark_count > 0 && map->marks[map->mark_count - 1].offset >= mark->offset)
		ret = -EINVAL;
	if (ret == 0)
		ret = rdb_array_grow(
			&map->marks, &map->mark_cap, map->mark_count, sizeof(*map->marks));
	if (ret == 0)
		map->marks[map->mark_count++] = *mark;
	pthread_mutex_unlock(&map->lock);
	return ret;
}

int rdb_content_map_add_damage(struct rdb_content_map *map, const struct rdb_damage *damage)
{
	int ret = 0;

	pthread_mutex_lock(&map->lock);
	if (damage->from >= damage->to ||
		(map->damage_count > 0 && map->damage[map->damage_count - 1].to > damage->from))
		ret = -EINVAL;
	if (ret == 0)
		ret = rdb_array_grow(
			&map->damage, &map->damage_cap, map->damage_count, sizeof(*map->damage));
	if (ret == 0)
		map->damage[map->damage_count++] = *damage;
	pthread_mutex_unlock(&map->lock);
	return ret;
}

/* ---- looking up ---- */

/* Returns how many items of a sorted array have an offset of at most "offset". Each item has "size"
 * bytes, and the item's offset is the uint64_t that begins "field" bytes after the item's start. */
static size_t count_up_to(
	const void *items, size_t count, size_t size, size_t field, uint64_t offset)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (*(const uint64_t *)((const char *)items + middle * size + field) <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t checkpoints_up_to(const struct rdb_content_map *map, uint64_t offset)
{
	return count_up_to(map->checkpoints, map->count, sizeof(*map->checkpoints),
		offsetof(struct rdb_checkpoint, offset), offset);
}

bool rdb_content_map_find(struct rdb_content_map *map, uint64_t offset, struct rdb_checkpoint *out)
{
	size_t n;

	pthread_mutex_lock(&map->lock);
	n = checkpoints_up_to(map, offset);
	if (n > 0)
		*out = map->checkpoints[n - 1];
	pthread_mutex_unlock(&map->lock);
	return n > 0;
}

bool rdb_content_map_next(struct rdb_content_map *map, uint64_t offset, struct rdb_checkpoint *out)
{
	bool found;
	size_t n;

	pthread_mutex_lock(&map->lock);
	n = checkpoints_up_to(map, offset);
	found = n < map->count;
	if (found)
		*out = map->checkpoints[n];
	pthread_mutex_unlock(&map->lock);
	return found;
}

bool rdb_content_map_next_mark(struct rdb_content_map *map, uint64_t offset, struct rdb_mark *out)
{
	bool found;
	size_t n;

	pthread_mutex_lock(&map->lock);
	n = count_up_to(map->marks, map->mark_count, sizeof(*map->marks),
		offsetof(struct rdb_mark, offset), offset);
	found = n < map->mark_count;
	if (found)
		*out = map->marks[n];
	pthread_mutex_unlock(&map->lock);
	return found;
}

bool rdb_content_map_next_damage(
	struct rdb_content_map *map, uint64_t offset, struct rdb_damage *out)
{
	bool found;
	size_t n;

	pthread_mutex_lock(&map->lock);
	n = count_up_to(map->damage, map->damage_count, sizeof(*map->damage),
		offsetof(struct rdb_damage, to), offset);
	found = n < map->damage_count;
	if (found)
		*out = map->damage[n];
	pthread_mutex_unlock(&map->lock);
	return found;
}

/* Reads the decoder state of a checkpoint. *checkpoint is a copy, and the map may have freed the
 * state at checkpoint->memory since the copy was made. Therefore looks up the checkpoint with the
 * same offset in the map, and reads the state there. */
int rdb_content_map_state(
	struct rdb_content_map *map, const struct rdb_checkpoint *checkpoint, struct rdb_buf *out)
{
	int ret = -EIO;
	size_t n;

	pthread_mutex_lock(&map->lock);
	n = checkpoints_up_to(map, checkpoint->offset);
	if (n > 0 && map->checkpoints[n - 1].offset == checkpoint->offset)
		ret = rdb_buf_add(out, map->checkpoints[n - 1].memory, checkpoint->len);
	pthread_mutex_unlock(&map->lock);
	return ret;
}
