/*
 * Fuzzes the regions of a table's key index, and a page of its hashes. An input is: whether the
 * table is sorted (1 byte), number of documents (2), bytes before the first (2), bytes of text (4),
 * the regions.
 */
#include "keys/key_index.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define FRONT 9

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t number(const uint8_t *data, size_t len)
{
	uint64_t value = 0;

	for (size_t i = len; i-- > 0;)
		value = value << 8 | data[i];
	return value;
}

static void require(bool condition)
{
	if (!condition)
		__builtin_trap();
}

static struct rdb_primary_key key_of(const struct rdb_key_index *index, size_t region)
{
	const struct rdb_key_region *r = &index->regions[region];
	struct rdb_primary_key key = {.len = r->key_len};

	memcpy(key.data, index->keys.data + r->key, r->key_len);
	return key;
}

/* An accepted index contains positions within the table, in order. */
static void check_places(const struct rdb_key_index *index, uint64_t size)
{
	struct rdb_table_place place;
	struct rdb_primary_key key;

	require(rdb_key_index_place(index, UINT64_MAX, &place) == (index->count > 0));
	for (size_t i = 0; i < index->count; i++) {
		require(rdb_key_index_place(index, index->regions[i].ordinal, &place));
		require(place.offset == index->regions[i].offset && place.offset < size);
		require(i == 0 || place.offset > index->regions[i - 1].offset);
		key = key_of(index, i);
		if (index->sorted)
			require(rdb_key_index_find(index, &key, &place) &&
				place.ordinal < index->documents);
	}
}

static void check_regions(const uint8_t *data, size_t size)
{
	struct rdb_key_index index = {.sorted = data[0] & 1, .repeated = data[0] & 2};
	struct rdb_buf again = {0};
	uint64_t text = number(data + 5, 4);

	index.documents = number(data + 1, 2);
	index.head = number(data + 3, 2);
	if (rdb_key_index_parse(&index, (const char *)data + FRONT, size - FRONT, text) == 0) {
		check_places(&index, text);
		require(rdb_key_index_encode(&index, &again) == 0 && again.len == size - FRONT);
		require(again.len == 0 || memcmp(again.data, data + FRONT, again.len) == 0);
	}
	rdb_key_index_free(&index);
	rdb_buf_free(&again);
}

/* Parses the page with a valid CRC. */
static void check_page(const uint8_t *data, size_t size)
{
	struct rdb_key_record records[RDB_KEY_PAGE_RECORDS];
	uint8_t page[RDB_KEY_PAGE] = {0};
	uint32_t crc;
	int count;

	memcpy(page + sizeof(crc), data, size < sizeof(page) - 4 ? size : sizeof(page) - 4);
	crc = (uint32_t)crc32_z(0, page + sizeof(crc), sizeof(page) - sizeof(crc));
	memcpy(page, &crc, sizeof(crc));
	count = rdb_key_page_parse(page, records);
	require(count <= RDB_KEY_PAGE_RECORDS && count != 0);
	page[size % sizeof(page)] ^= 1;
	require(rdb_key_page_parse(page, records) < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size >= FRONT)
		check_regions(data, size);
	check_page(data, size);
	return 0;
}
