#include "keys/key_hashes.h"

#include "gz/crc.h"
#include "io/write_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUN_PAGES 4096
#define RUN_RECORDS ((size_t)RUN_PAGES * RDB_KEY_PAGE_RECORDS)

struct page {
	uint32_t crc; /* CRC-32 of all fields after crc */
	uint32_t count;
	struct rdb_key_record records[RDB_KEY_PAGE_RECORDS];
	uint64_t reserved;
};

_Static_assert(sizeof(struct page) == RDB_KEY_PAGE, "a page has no padding");

static uint32_t page_crc(const struct page *page)
{
	return rdb_crc32(0, &page->count, RDB_KEY_PAGE - sizeof(page->crc));
}

static uint64_t hash_of(const struct rdb_key_hashes *hashes, const struct rdb_primary_key *key)
{
	return rdb_siphash(&hashes->key, key->data, key->len);
}

/* ---- writing ---- */

int rdb_key_hashes_begin(struct rdb_key_hash_writer *writer, int fd, uint64_t at)
{
	writer->out = (struct rdb_key_hashes){.fd = fd, .at = at};
	writer->records = malloc(RUN_RECORDS * sizeof(*writer->records));
	if (!writer->records)
		return -ENOMEM;
	return rdb_siphash_key(&writer->out.key);
}

static int compare(const void *a, const void *b)
{
	const struct rdb_key_record *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->offset > y->offset) - (x->offset < y->offset);
}

static int write_page(struct rdb_key_hash_writer *writer, size_t from, size_t count)
{
	struct page page = {.count = (uint32_t)count};
	uint64_t at = writer->out.at + writer->out.pages * RDB_KEY_PAGE;
	int ret;

	memcpy(page.records, writer->records + from, count * sizeof(page.records[0]));
	page.crc = page_crc(&page);
	ret = rdb_write_all_at(writer->out.fd, &page, sizeof(page), at);
	writer->out.pages += ret == 0;
	return ret;
}

int rdb_key_hashes_end(struct rdb_key_hash_writer *writer)
{
	int ret = 0;

	if (writer->count > 1)
		qsort(writer->records, writer->count, sizeof(*writer->records), compare);
	for (size_t i = 0; ret == 0 && i < writer->count; i += RDB_KEY_PAGE_RECORDS) {
		size_t left = writer->count - i;
		ret = write_page(
			writer, i, left < RDB_KEY_PAGE_RECORDS ? left : RDB_KEY_PAGE_RECORDS);
	}
	writer->count = 0;
	return ret;
}

int rdb_key_hashes_add(
	struct rdb_key_hash_writer *writer, const struct rdb_primary_key *key, uint64_t offset)
{
	writer->records[writer->count++] =
		(struct rdb_key_record){.hash = hash_of(&writer->out, key), .offset = offset};
	return writer->count == RUN_RECORDS ? rdb_key_hashes_end(writer) : 0;
}

void rdb_key_hashes_free(struct rdb_key_hash_writer *writer)
{
	free(writer->records);
	writer->records = NULL;
}

/* ---- looking up ---- */

int rdb_key_page_parse(const void *data, struct rdb_key_record *records)
{
	struct page page;

	memcpy(&page, data, sizeof(page));
	if (page.crc != page_crc(&page) || page.count == 0 || page.count > RDB_KEY_PAGE_RECORDS)
		return -EINVAL;
	memcpy(records, page.records, page.count * sizeof(*records));
	return (int)page.count;
}

static int read_page(
	const struct rdb_key_hashes *hashes, uint64_t number, struct rdb_key_record *records)
{
	char data[RDB_KEY_PAGE];
	off_t at = (off_t)(hashes->at + number * RDB_KEY_PAGE);
	int count;

	if (pread(hashes->fd, data, sizeof(data), at) != (ssize_t)sizeof(data))
		return -EIO;
	count = rdb_key_page_parse(data, records);
	return count < 0 ? -EIO : count;
}

/* Searches the sorted pages from "first" to "end" - 1, and stores in *out the smallest record that
 * is not less than *wanted. Leaves *out unchanged if all records are less than *wanted. */
static int find_in_run(const struct rdb_key_hashes *hashes, uint64_t first, uint64_t end,
	const struct rdb_key_record *wanted, struct rdb_key_record *out)
{
	struct rdb_key_record records[RDB_KEY_PAGE_RECORDS];

	while (first < end) { /* find the first page whose last record is not less than wanted */
		uint64_t middle = first + (end - first) / 2;
		int count = read_page(hashes, middle, records);
		if (count < 0)
			return count;
		if (compare(&records[count - 1], wanted) < 0)
			first = middle + 1;
		else
			end = middle;
		while (count > 0 && compare(&records[count - 1], wanted) >= 0)
			*out = records[--count];
	}
	return 0;
}

int rdb_key_hashes_find(const struct rdb_key_hashes *hashes, const struct rdb_primary_key *key,
	uint64_t from, uint64_t *offset)
{
	const struct rdb_key_record wanted = {.hash = hash_of(hashes, key), .offset = from};
	int found = 0;

	for (uint64_t first = 0; first < hashes->pages; first += RUN_PAGES) {
		uint64_t left = hashes->pages - first;
		struct rdb_key_record record = {.hash = ~wanted.hash};
		int ret = find_in_run(hashes, first, first + (left < RUN_PAGES ? left : RUN_PAGES),
			&wanted, &record);
		if (ret < 0)
			return ret;
		if (record.hash != wanted.hash || (found && record.offset >= *offset))
			continue;
		*offset = record.offset;
		found = 1;
	}
	return found;
}
