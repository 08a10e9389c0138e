#include "keys/key_index.h"

#include "base/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Header of a region in the key file. The key of the region's first document follows the header. */
struct region_head {
	uint64_t offset;
	uint64_t ordinal;
	uint64_t key_len;
};

void rdb_key_index_free(struct rdb_key_index *index)
{
	free(index->regions);
	rdb_buf_free(&index->keys);
	*index = (struct rdb_key_index){.hashes.fd = -1};
}

int rdb_key_index_add(struct rdb_key_index *index, uint64_t offset, uint64_t ordinal,
	const struct rdb_primary_key *key)
{
	if (index->keys.len > UINT32_MAX - RDB_KEY_BYTES_MAX ||
		rdb_array_grow(
			&index->regions, &index->cap, index->count, sizeof(*index->regions)) != 0)
		return -ENOMEM;
	index->regions[index->count] = (struct rdb_key_region){.offset = offset,
		.ordinal = ordinal,
		.key = (uint32_t)index->keys.len,
		.key_len = key->len};
	if (rdb_buf_add(&index->keys, key->data, key->len) != 0)
		return -ENOMEM;
	index->count++;
	return 0;
}

/* ---- looking up ---- */

static void set_place(const struct rdb_key_index *index, size_t region, struct rdb_table_place *out)
{
	*out = (struct rdb_table_place){.layout = index->layout,
		.head = index->head,
		.offset = index->regions[region].offset,
		.ordinal = index->regions[region].ordinal};
}

/* Finds the start of the region that contains "position". If by_offset is true, "position" is an
 * offset in the table's text, else a document's number. */
static bool find_place(const struct rdb_key_index *index, bool by_offset, uint64_t position,
	struct rdb_table_place *out)
{
	size_t low = 0, high = index->count;

	while (low < high) { /* the regions before low begin at or before the position */
		size_t middle = low + (high - low) / 2;
		const struct rdb_key_region *region = &index->regions[middle];
		if ((by_offset ? region->offset : region->ordinal) <= position)
			low = middle + 1;
		else
			high = middle;
	}
	if (low > 0)
		set_place(index, low - 1, out);
	return low > 0;
}

bool rdb_key_index_place(
	const struct rdb_key_index *index, uint64_t ordinal, struct rdb_table_place *out)
{
	return find_place(index, false, ordinal, out);
}

bool rdb_key_index_at(
	const struct rdb_key_index *index, uint64_t offset, struct rdb_table_place *out)
{
	return find_place(index, true, offset, out);
}

static int compare_first(
	const struct rdb_key_index *index, size_t region, const struct rdb_primary_key *key)
{
	const struct rdb_key_region *r = &index->regions[region];
	size_t len = r->key_len < key->len ? r->key_len : key->len;
	int order = memcmp(index->keys.data + r->key, key->data, len);

	return order ? order : (int)r->key_len - (int)key->len;
}

bool rdb_key_index_find(const struct rdb_key_index *index, const struct rdb_primary_key *key,
	struct rdb_table_place *out)
{
	size_t low = 0, high = index->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare_first(index, middle, key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return false;
	/* If keys repeat, go back to a region with a smaller first key: this region may contain
	 * the first match. */
	for (low--; index->repeated && low > 0 && compare_first(index, low, key) == 0;)
		low--;
	set_place(index, low, out);
	return true;
}

/* ---- regions in a file ---- */

int rdb_key_index_encode(const struct rdb_key_index *index, struct rdb_buf *out)
{
	int ret = rdb_buf_reserve(out, 0);

	for (size_t i = 0; ret == 0 && i < index->count; i++) {
		const struct rdb_key_region *r = &index->regions[i];
		const struct region_head head = {
			.offset = r->offset, .ordinal = r->ordinal, .key_len = r->key_len};
		ret = rdb_buf_add(out, &head, sizeof(head));
		if (ret == 0)
			ret = rdb_buf_add(out, index->keys.data + r->key, r->key_len);
	}
	return ret;
}

static bool is_next(const struct rdb_key_index *index, const struct region_head *head,
	const struct rdb_primary_key *key, uint64_t size)
{
	const struct rdb_key_region *last;

	if (head->offset >= size || head->offset < index->head ||
		head->ordinal >= index->documents || index->count >= RDB_KEY_REGIONS_MAX)
		return false;
	if (index->count == 0)
		return head->ordinal == 0;
	last = &index->regions[index->count - 1];
	return head->offset > last->offset && head->ordinal > last->ordinal &&
	       (!index->sorted || compare_first(index, index->count - 1, key) <= 0);
}

int rdb_key_index_parse(struct rdb_key_index *index, const char *data, size_t len, uint64_t size)
{
	struct rdb_primary_key key;
	struct region_head head;
	size_t at = 0;

	while (at < len) {
		if (len - at < sizeof(head))
			return -EINVAL;
		memcpy(&head, data + at, sizeof(head));
		at += sizeof(head);
		if (head.key_len == 0 || head.key_len > RDB_KEY_BYTES_MAX ||
			len - at < head.key_len)
			return -EINVAL;
		key.len = (unsigned char)head.key_len;
		memcpy(key.data, data + at, head.key_len);
		at += head.key_len;
		if (!is_next(index, &head, &key, size))
			return -EINVAL;
		if (rdb_key_index_add(index, head.offset, head.ordinal, &key) != 0)
			return -ENOMEM;
	}
	return (index->documents > 0) == (index->count > 0) ? 0 : -EINVAL;
}
