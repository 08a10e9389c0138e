#include "index/index.h"

#include "gz/crc.h"
#include "index/index_file.h"
#include "index/index_load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct rdb_index {
	struct rdb_index_file *file; /* NULL if the index is only in memory; set once */
	bool embedded;               /* the archive has an embedded index; set when opened */
	struct rdb_content_map map;
};

static int load(struct rdb_index *index, struct rdb_catalog *catalog, struct rdb_resume *resume,
	struct rdb_scan_outcome *outcome)
{
	const struct rdb_index_load into = {
		.map = &index->map,
		.catalog = catalog,
		.resume = resume,
		.outcome = outcome,
		.embedded = &index->embedded,
	};

	return rdb_index_file_load(index->file, &into);
}

int rdb_index_open(int dirfd, const unsigned char key[RDB_INDEX_KEY], struct rdb_catalog *catalog,
	struct rdb_index **out, struct rdb_resume *resume, struct rdb_scan_outcome *outcome)
{
	struct rdb_index *index = calloc(1, sizeof(*index));
	int ret = 0;

	if (!index)
		return -ENOMEM;
	rdb_content_map_init(&index->map);
	*resume = (struct rdb_resume){0};
	*outcome = (struct rdb_scan_outcome){0};
	if (dirfd >= 0)
		ret = rdb_index_file_open(dirfd, key, &index->file);
	if (ret == 0 && index->file)
		ret = load(index, catalog, resume, outcome);
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
	rdb_index_file_close(index->file);
	rdb_content_map_free(&index->map);
	free(index);
}

void rdb_index_forget(int dirfd, const unsigned char key[RDB_INDEX_KEY])
{
	rdb_index_file_remove(dirfd, key);
}

/* ---- adding ---- */

void rdb_index_damage(struct rdb_index *index, const struct rdb_damage *damage)
{
	if (rdb_content_map_add_damage(&index->map, damage) == 0 && index->file)
		rdb_index_file_damage(index->file, damage);
}

void rdb_index_embed(struct rdb_index *index)
{
	if (!index->embedded && index->file)
		rdb_index_file_embedded(index->file);
	index->embedded = true;
}

int rdb_index_add(struct rdb_index *index, const struct rdb_checkpoint *checkpoint)
{
	return rdb_content_map_add_checkpoint(&index->map, checkpoint);
}

bool rdb_index_is_embedded(const struct rdb_index *index)
{
	return index->embedded;
}

/* Returns the index's file on this machine, in which the archive's members and their properties,
 * such as the number of documents, are stored. Returns NULL if the index is only in memory, or if
 * the archive itself contains a list of its members (an embedded index). */
static struct rdb_index_file *catalog_file(struct rdb_index *index)
{
	return index->embedded ? NULL : index->file;
}

void rdb_index_mark(struct rdb_index *index, const struct rdb_mark *mark)
{
	if (!index->embedded && rdb_content_map_add_mark(&index->map, mark) == 0 && index->file)
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
	checkpoint.state_crc = checkpoint.saved ? rdb_crc32(0, state->data, state->len) : 0;
	if (!index->file ||
		rdb_index_file_checkpoint(index->file, resume, &checkpoint, state) != 0) {
		if (state && state->len > 0 && !(copy = malloc(state->len)))
			return;
		if (copy)
			memcpy(copy, state->data, state->len);
		checkpoint.memory = copy;
	}
	if (rdb_content_map_add_checkpoint(&index->map, &checkpoint) != 0)
		free(copy);
}

void rdb_index_ended(struct rdb_index *index, const struct rdb_scan_outcome *outcome)
{
	if (index->file)
		rdb_index_file_end(index->file, outcome);
}

/* ---- looking up ---- */

bool rdb_index_find(struct rdb_index *index, uint64_t offset, struct rdb_checkpoint *out)
{
	return rdb_content_map_find(&index->map, offset, out);
}

bool rdb_index_next(struct rdb_index *index, uint64_t offset, struct rdb_checkpoint *out)
{
	return rdb_content_map_next(&index->map, offset, out);
}

bool rdb_index_next_mark(struct rdb_index *index, uint64_t offset, struct rdb_mark *out)
{
	return rdb_content_map_next_mark(&index->map, offset, out);
}

bool rdb_index_next_damage(struct rdb_index *index, uint64_t offset, struct rdb_damage *out)
{
	return rdb_content_map_next_damage(&index->map, offset, out);
}

bool rdb_index_is_damaged(struct rdb_index *index, uint64_t from, uint64_t to)
{
	struct rdb_damage damage;

	return rdb_index_next_damage(index, from, &damage) && damage.from < to;
}

int rdb_index_state(
	struct rdb_index *index, const struct rdb_checkpoint *checkpoint, struct rdb_buf *out)
{
	if (checkpoint->memory)
		return rdb_content_map_state(&index->map, checkpoint, out);
	return rdb_index_file_state(index->file, checkpoint, out);
}
