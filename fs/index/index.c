#include "index/index_private.h"

#include "gz/crc.h"
#include "index/index_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int load(struct rdb_index *index, struct rdb_catalog *catalog, struct rdb_resume *resume,
	struct rdb_scan_outcome *outcome)
{
	const struct rdb_index_load into = {
		.index = index,
		.catalog = catalog,
		.resume = resume,
		.outcome = outcome,
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
	rdb_index_positions_init(index);
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
	rdb_index_positions_free(index);
	free(index);
}

/* ---- adding ---- */

void rdb_index_embed(struct rdb_index *index)
{
	if (!index->embedded)
		rdb_index_file_add(index->file, RDB_INDEX_RECORD_EMBEDDED, "", 0);
	index->embedded = true;
}

bool rdb_index_is_embedded(const struct rdb_index *index)
{
	return index->embedded;
}

void rdb_index_damage(struct rdb_index *index, const struct rdb_damage *damage)
{
	struct rdb_index_damage_body body = {
		.from = damage->from,
		.to = damage->to,
		.source_from = damage->source_from,
		.source_to = damage->source_to,
	};

	if (rdb_index_add_damage(index, damage) == 0)
		rdb_index_file_add(index->file, RDB_INDEX_RECORD_DAMAGE, &body, sizeof(body));
}

void rdb_index_nest(struct rdb_index *index, const struct rdb_nest *nest)
{
	struct rdb_index_nest_body body = {
		.outer = nest->outer,
		.inner = nest->inner,
		.offset = nest->offset,
		.size = nest->size,
	};

	rdb_index_file_add(index->file, RDB_INDEX_RECORD_NEST, &body, sizeof(body));
}

/* Adds a record to the index's file. If the archive has an embedded index, adds nothing, because
 * the embedded index already describes the archive's members. */
static void add_record(
	struct rdb_index *index, enum rdb_index_record_type type, const void *body, size_t len)
{
	if (!index->embedded)
		rdb_index_file_add(index->file, type, body, len);
}

void rdb_index_mark(struct rdb_index *index, const struct rdb_mark *mark)
{
	struct rdb_index_mark_body body = {
		.offset = mark->offset, .member = mark->member, .crc = mark->crc};

	if (!index->embedded && rdb_index_add_mark(index, mark) == 0)
		add_record(index, RDB_INDEX_RECORD_MARK, &body, sizeof(body));
}

void rdb_index_member(struct rdb_index *index, const struct rdb_member *member, uint64_t offset)
{
	size_t db_len = strlen(member->db) + 1, file_len = strlen(member->file) + 1;
	char body[sizeof(struct rdb_index_member_body) + 512];
	struct rdb_index_member_body fixed = {
		.number = member->number,
		.kind = member->kind,
		.offset = offset,
		.size = member->size,
		.seconds = member->mtime.tv_sec,
		.nanoseconds = (uint32_t)member->mtime.tv_nsec,
		.db_len = (uint16_t)db_len,
		.file_len = (uint16_t)file_len,
	};

	if (db_len > 256 || file_len > 256)
		return;
	memcpy(body, &fixed, sizeof(fixed));
	memcpy(body + sizeof(fixed), member->db, db_len);
	memcpy(body + sizeof(fixed) + db_len, member->file, file_len);
	add_record(index, RDB_INDEX_RECORD_MEMBER, body, sizeof(fixed) + db_len + file_len);
}

void rdb_index_database(struct rdb_index *index, const char *db)
{
	add_record(index, RDB_INDEX_RECORD_DATABASE, db, strlen(db) + 1);
}

void rdb_index_taken(struct rdb_index *index, time_t taken)
{
	int64_t body = taken;

	add_record(index, RDB_INDEX_RECORD_TAKEN, &body, sizeof(body));
}

void rdb_index_top(struct rdb_index *index, const char *top)
{
	size_t len = strlen(top) + 1;

	if (len <= sizeof((struct rdb_resume){0}.top))
		add_record(index, RDB_INDEX_RECORD_TOP, top, len);
}

void rdb_index_documents(struct rdb_index *index, uint32_t number, int64_t documents)
{
	struct rdb_index_documents_body body = {.documents = documents, .number = number};

	add_record(index, RDB_INDEX_RECORD_DOCUMENTS, &body, sizeof(body));
}

void rdb_index_info(
	struct rdb_index *index, uint32_t number, int64_t indexes, const char *primary_key)
{
	struct rdb_index_info_body body = {.indexes = indexes, .number = number};

	memcpy(body.primary_key, primary_key, strnlen(primary_key, sizeof(body.primary_key) - 1));
	add_record(index, RDB_INDEX_RECORD_INFO, &body, sizeof(body));
}

void rdb_index_checkpoint(
	struct rdb_index *index, const struct rdb_resume *resume, const struct rdb_buf *state)
{
	struct rdb_checkpoint checkpoint = resume->checkpoint;
	char *copy = NULL;

	if (index->embedded)
		return;
	checkpoint.saved = state->len > 0;
	checkpoint.len = checkpoint.saved ? (uint32_t)state->len : 0;
	checkpoint.state_crc = checkpoint.saved ? rdb_crc32(0, state->data, state->len) : 0;
	if (rdb_index_file_checkpoint(index->file, resume, &checkpoint, state) != 0) {
		if (state->len > 0) {
			copy = malloc(state->len);
			if (!copy)
				return;
			memcpy(copy, state->data, state->len);
		}
		checkpoint.memory = copy;
	}
	if (rdb_index_add(index, &checkpoint) != 0)
		free(copy);
}

void rdb_index_ended(struct rdb_index *index, const struct rdb_scan_outcome *outcome)
{
	if (index->file)
		rdb_index_file_end(index->file, outcome);
}

int rdb_index_state(
	struct rdb_index *index, const struct rdb_checkpoint *checkpoint, struct rdb_buf *out)
{
	if (checkpoint->memory)
		return rdb_index_memory_state(index, checkpoint, out);
	return rdb_index_file_state(index->file, checkpoint, out);
}
