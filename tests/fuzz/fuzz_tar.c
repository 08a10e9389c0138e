/* Fuzzes an archive of any format: scans and lists it, and reads every member at both ends. */
#include "archive/archive_scan.h"
#include "base/log.h"
#include "stream/stream.h"
#include "unit/memory_source.h"

static void read_ends(
	const struct rdb_content *content, const struct rdb_member *member, uint64_t offset)
{
	const uint64_t places[] = {offset, offset + member->size / 2, offset + member->size};
	struct rdb_stream *stream;
	struct rdb_read out;

	for (int i = 0; i < 3; i++) {
		if (rdb_stream_acquire(content, places[i], 4096, &stream, NULL) != 0)
			abort();
		if (rdb_stream_read(stream, places[i], 4096, &out, NULL) == 0 && out.len > 4096)
			abort();
		rdb_read_done(&out);
		rdb_stream_release(stream);
	}
}

static bool count_up(void *arg, const struct rdb_database *db, size_t position)
{
	(void)db;
	*(size_t *)arg += position + 1;
	return true;
}

static void scan(struct rdb_content *content)
{
	static const struct rdb_scan_hooks hooks;
	static const unsigned char key[RDB_INDEX_KEY];
	struct rdb_scan_outcome outcome;
	struct rdb_catalog *catalog;
	struct rdb_resume resume;
	struct rdb_member member;
	struct rdb_scan *scan;
	uint64_t offset;
	size_t sum = 0;

	if (rdb_catalog_create(&catalog) != 0 ||
		rdb_index_open(-1, key, catalog, &content->index, &resume, &outcome) != 0 ||
		rdb_scan_create(content, catalog, &resume, &hooks, &scan) != 0)
		abort();
	if (rdb_scan_run(scan, &outcome) != RDB_SCAN_ENDED || outcome.end == RDB_OUTCOME_OPEN)
		abort();
	rdb_scan_free(scan);
	if (rdb_stream_cache_create(1 << 20, NULL, 1, &content->cache) != 0 ||
		rdb_catalog_complete(catalog) != 0 ||
		rdb_catalog_each_db(catalog, 0, count_up, &sum) != 0)
		abort();
	for (uint32_t i = 0; i < 16 && rdb_catalog_get(catalog, i, &member, &offset) == 0; i++)
		if (offset > INT64_MAX || member.size > INT64_MAX - offset)
			abort();
		else
			read_ends(content, &member, offset);
	rdb_stream_cache_free(content->cache);
	rdb_index_free(content->index);
	rdb_catalog_free(catalog);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rdb_content content = {.source = memory_source(data, size), .name = "fuzz"};

	rdb_log_open(RDB_LOG_TO_NOWHERE, RDB_LOG_ERROR);
	if (rdb_format_detect(content.source, &content.format, NULL) != 0)
		abort();
	scan(&content);
	rdb_source_close(content.source);
	return 0;
}
