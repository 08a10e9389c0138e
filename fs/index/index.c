#include "index/index.h"

#include "base/array.h"
#include "index/index_file.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_MAX (4 * 1024 * 1024) /* bytes of states without a file, per archive */

struct rdb_index {
	struct rdb_index_file *file; /* NULL: only in memory. Set once. */
	bool embedded;               /* the archive has its own index. Set by opening. */
	pthread_mutex_t lock;        /* guards everything below */
	struct rdb_checkpoint *checkpoints;
	size_t count;
	size_t cap;
	size_t memory;
	struct rdb_mark *marks;
	size_t mark_count;
	size_t mark_cap;
	struct rdb_damage *damage; /* sorted by content offset */
	size_t damage_count;
	size_t damage_cap;
};

int rdb_index_open(int dirfd, const unsigned char key[RDB_INDEX_KEY], struct rdb_catalog *catalog,
	struct rdb_index **out, struct rdb_resume *resume, struct rdb_scan_outcome *outcome)
{
	struct rdb_index *index = calloc(1, sizeof(*index));
	int ret = 0;

	if (!index)
		return -ENOMEM;
	pthread_mutex_init(&index->lock, NULL);
	*resume = (struct rdb_resume){0};
	*outcome = (struct rdb_scan_outcome){0};
	if (dirfd >= 0)
		ret = rdb_index_file_open(dirfd, key, &index->file);
	if (ret == 0 && index->file)
		ret = rdb_index_file_load(
			index->file, index, catalog, resume, outcome, &index->embedded);
	if (ret != 0)
		rdb_index_free(index);
	else
		*out = index;
	return ret;
}

void rdb_index_free(struct rdb_index *index)
{
	if (!index)
		return;
	for (size_t i = 0; i < index->count; i++)
		free(index->checkpoints[i].memory);
	free(index->checkpoints);
	free(index->marks);
	free(index->damage);
	rdb_index_file_close(index->file);
	pthread_mutex_destroy(&index->lock);
	free(index);
}

size_t rdb_index_memory(struct rdb_index *index)
{
	size_t memory;

	pthread_mutex_lock(&index->lock);
	memory = index->memory;
	pthread_mutex_unlock(&index->lock);
	return memory;
}

/* ---- adding ---- */

/* Drops every second of the states that exist only in memory. The caller holds the lock. */
static void thin_out(struct rdb_index *index)
{
	size_t kept = 0, seen = 0;

	for (size_t i = 0; i < index->count; i++) {
		struct rdb_checkpoint *checkpoint = &index->checkpoints[i];
		if (checkpoint->memory && seen++ % 2 == 1) {
			index->memory -= checkpoint->len;
			free(checkpoint->memory);
		} else {
			index->checkpoints[kept++] = *checkpoint;
		}
	}
	index->count = kept;
}

int rdb_index_put(struct rdb_index *index, const struct rdb_checkpoint *checkpoint)
{
	int ret = 0;

	pthread_mutex_lock(&index->lock);
	if (index->count > 0 && index->checkpoints[index->count - 1].offset >= checkpoint->offset)
		ret = -EINVAL;
	if (ret == 0 && index->count == index->cap) {
		size_t cap = index->cap ? index->cap * 2 : 64;
		struct rdb_checkpoint *more =
			realloc(index->checkpoints, cap * sizeof(*index->checkpoints));
		if (more) {
			index->checkpoints = more;
			index->cap = cap;
		} else {
			ret = -ENOMEM;
		}
	}
	if (ret == 0) {
		index->checkpoints[index->count++] = *checkpoint;
		if (checkpoint->memory)
			index->memory += checkpoint->len;
		if (index->memory > MEMORY_MAX)
			thin_out(index);
	}
	pthread_mutex_unlock(&index->lock);
	return ret;
}

int rdb_index_put_mark(struct rdb_index *index, const struct rdb_mark *mark)
{
	int ret = 0;

	pthread_mutex_lock(&index->lock);
	if (index->mark_count > 0 && index->marks[index->mark_count - 1].offset >= mark->offset)
		ret = -EINVAL;
	if (ret == 0 && index->mark_count == index->mark_cap) {
		size_t cap = index->mark_cap ? index->mark_cap * 2 : 16;
		struct rdb_mark *more = realloc(index->marks, cap * sizeof(*index->marks));
		if (more) {
			index->marks = more;
			index->mark_cap = cap;
		} else {
			ret = -ENOMEM;
		}
	}
	if (ret == 0)
		index->marks[index->mark_count++] = *mark;
	pthread_mutex_unlock(&index->lock);
	return ret;
}

int rdb_index_put_damage(struct rdb_index *index, const struct rdb_damage *damage)
{
	int ret = 0;

	pthread_mutex_lock(&index->lock);
	if (damage->from >= damage->to ||
		(index->damage_count > 0 &&
			index->damage[index->damage_count - 1].to > damage->from))
		ret = -EINVAL;
	if (ret == 0)
		ret = rdb_array_grow(&index->damage, &index->damage_cap, index->damage_count,
			sizeof(*index->damage));
	if (ret == 0)
		index->damage[index->damage_count++] = *damage;
	pthread_mutex_unlock(&index->lock);
	return ret;
}

void rdb_index_damage(struct rdb_index *index, const struct rdb_damage *damage)
{
	if (rdb_index_put_damage(index, damage) == 0 && index->file)
		rdb_index_file_damage(index->file, damage);
}

void rdb_index_embed(struct rdb_index *index)
{
	if (!index->embedded && index->file)
		rdb_index_file_embedded(index->file);
	index->embedded = true;
}

bool rdb_index_is_embedded(const struct rdb_index *index)
{
	return index->embedded;
}

/* Returns the file, for records that an embedded index makes redundant; NULL: skip them. */
static struct rdb_index_file *catalog_file(struct rdb_index *index)
{
	return index->embedded ? NULL : index->file;
}

void rdb_index_mark(struct rdb_index *index, const struct rdb_mark *mark)
{
	if (!index->embedded && rdb_index_put_mark(index, mark) == 0 && index->file)
		rdb_index_file_mark(index->file, mark);
}

void rdb_index_member(struct rdb_index *index, const struct rdb_member *member, uint64_t offset)
{
	if (catalog_file(index))
		rdb_index_file_member(index->file, member, offset);
}

void rdb_index_database(struct rdb_index *index, const char *db)
{
	if (catalog_file(index))
		rdb_index_file_database(index->file, db);
}

void rdb_index_nest(struct rdb_index *index, const struct rdb_nest *nest)
{
	if (index->file)
		rdb_index_file_nest(index->file, nest);
}

void rdb_index_top(struct rdb_index *index, const char *top)
{
	if (catalog_file(index))
		rdb_index_file_top(index->file, top);
}

void rdb_index_documents(struct rdb_index *index, uint32_t number, int64_t documents)
{
	if (catalog_file(index))
		rdb_index_file_documents(index->file, number, documents);
}

void rdb_index_info(
	struct rdb_index *index, uint32_t number, int64_t indexes, const char *primary_key)
{
	if (catalog_file(index))
		rdb_index_file_info(index->file, number, indexes, primary_key);
}

void rdb_index_checkpoint(
	struct rdb_index *index, const struct rdb_resume *resume, const struct rdb_buf *state)
{
	struct rdb_checkpoint checkpoint = resume->checkpoint;
	char *copy = NULL;

	if (index->embedded)
		return;
	checkpoint.saved = state && state->len > 0;
	checkpoint.len = checkpoint.saved ? (uint32_t)state->len : 0;
	checkpoint.state_crc = checkpoint.saved ? rdb_index_crc(state->data, state->len) : 0;
	if (!index->file ||
		rdb_index_file_checkpoint(index->file, resume, &checkpoint, state) != 0) {
		if (state && state->len > 0 && !(copy = malloc(state->len)))
			return;
		if (copy)
			memcpy(copy, state->data, state->len);
		checkpoint.memory = copy;
	}
	if (rdb_index_put(index, &checkpoint) != 0)
		free(copy);
}

void rdb_index_ended(struct rdb_index *index, const struct rdb_scan_outcome *outcome)
{
	if (index->file)
		rdb_index_file_end(index->file, outcome);
}

/* ---- looking up ---- */

/* Number of checkpoints at or before offset. The caller holds the lock. */
static size_t count_up_to(const struct rdb_index *index, uint64_t offset)
{
	size_t low = 0, high = index->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (index->checkpoints[middle].offset <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool rdb_index_find(struct rdb_index *index, uint64_t offset, struct rdb_checkpoint *out)
{
	size_t n;

	pthread_mutex_lock(&index->lock);
	n = count_up_to(index, offset);
	if (n > 0)
		*out = index->checkpoints[n - 1];
	pthread_mutex_unlock(&index->lock);
	return n > 0;
}

bool rdb_index_next(struct rdb_index *index, uint64_t offset, struct rdb_checkpoint *out)
{
	bool found;
	size_t n;

	pthread_mutex_lock(&index->lock);
	n = count_up_to(index, offset);
	found = n < index->count;
	if (found)
		*out = index->checkpoints[n];
	pthread_mutex_unlock(&index->lock);
	return found;
}

bool rdb_index_next_mark(struct rdb_index *index, uint64_t offset, struct rdb_mark *out)
{
	size_t low = 0, high;
	bool found;

	pthread_mutex_lock(&index->lock);
	high = index->mark_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (index->marks[middle].offset <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	found = low < index->mark_count;
	if (found)
		*out = index->marks[low];
	pthread_mutex_unlock(&index->lock);
	return found;
}

bool rdb_index_next_damage(struct rdb_index *index, uint64_t offset, struct rdb_damage *out)
{
	size_t low = 0, high;
	bool found;

	pthread_mutex_lock(&index->lock);
	high = index->damage_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (index->damage[middle].to <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	found = low < index->damage_count;
	if (found)
		*out = index->damage[low];
	pthread_mutex_unlock(&index->lock);
	return found;
}

bool rdb_index_is_damaged(struct rdb_index *index, uint64_t from, uint64_t to)
{
	struct rdb_damage damage;

	return rdb_index_next_damage(index, from, &damage) && damage.from < to;
}

/* Copies a state from memory. One that was dropped meanwhile is no longer found at its offset. */
static int copy_from_memory(
	struct rdb_index *index, const struct rdb_checkpoint *checkpoint, struct rdb_buf *out)
{
	int ret = -EIO;
	size_t n;

	pthread_mutex_lock(&index->lock);
	n = count_up_to(index, checkpoint->offset);
	if (n > 0 && index->checkpoints[n - 1].offset == checkpoint->offset)
		ret = rdb_buf_add(out, index->checkpoints[n - 1].memory, checkpoint->len);
	pthread_mutex_unlock(&index->lock);
	return ret;
}

int rdb_index_state(
	struct rdb_index *index, const struct rdb_checkpoint *checkpoint, struct rdb_buf *out)
{
	if (checkpoint->memory)
		return copy_from_memory(index, checkpoint, out);
	return rdb_index_file_state(index->file, checkpoint, out);
}
