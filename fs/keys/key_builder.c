#include "keys/key_builder.h"

int rdb_key_builder_init(struct rdb_key_builder *builder, uint64_t size, int fd, uint64_t at)
{
	uint64_t least = size / RDB_KEY_REGIONS_MAX + 1;

	*builder = (struct rdb_key_builder){.hashing = fd >= 0};
	builder->index = (struct rdb_key_index){.sorted = true, .hashes.fd = -1};
	builder->step = least > RDB_KEY_REGION ? least : RDB_KEY_REGION;
	return fd >= 0 ? rdb_key_hashes_begin(&builder->hashes, fd, at) : 0;
}

void rdb_key_builder_free(struct rdb_key_builder *builder)
{
	rdb_key_hashes_free(&builder->hashes);
	rdb_key_index_free(&builder->index);
}

void rdb_key_builder_one_region(struct rdb_key_builder *builder)
{
	builder->step = UINT64_MAX;
	builder->hashing = false;
}

void rdb_key_builder_skip(struct rdb_key_builder *builder, uint64_t ordinal)
{
	builder->index.documents = ordinal;
	builder->skipped = true;
}

static void check_order(struct rdb_key_builder *builder, const struct rdb_primary_key *key)
{
	struct rdb_key_index *index = &builder->index;
	int order;

	if (index->documents == 0)
		return;
	order = rdb_primary_key_compare(&builder->last, key);
	if (order > 0)
		index->sorted = false;
	if (order == 0)
		index->repeated = true;
}

int rdb_key_builder_add(struct rdb_key_builder *builder, const struct rdb_json_piece *document,
	const struct rdb_primary_key *key)
{
	struct rdb_key_index *index = &builder->index;
	int ret = 0;

	check_order(builder, key);
	if (index->documents == 0)
		index->head = document->offset;
	if (index->count == 0 || builder->skipped ||
		document->offset - index->regions[index->count - 1].offset >= builder->step)
		ret = rdb_key_index_add(index, document->offset, index->documents, key);
	if (ret == 0 && builder->hashing)
		ret = rdb_key_hashes_add(&builder->hashes, key, document->offset);
	if (ret != 0)
		return ret;
	builder->skipped = false;
	index->mixed |= !rdb_primary_key_is_string(key);
	index->documents++;
	builder->last = *key;
	return 0;
}

int rdb_key_builder_finish(
	struct rdb_key_builder *builder, enum rdb_table_layout layout, struct rdb_key_index *out)
{
	struct rdb_key_index *index = &builder->index;
	int ret = builder->hashing ? rdb_key_hashes_end(&builder->hashes) : 0;

	if (ret != 0)
		return ret;
	index->layout = layout;
	if (builder->hashing) {
		index->hashed = true;
		index->hashes = builder->hashes.out;
	}
	*out = *index;
	*index = (struct rdb_key_index){.hashes.fd = -1};
	return 0;
}
