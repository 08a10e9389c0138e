#include "dump/archive_size.h"

#include "gz/deflate.h"
#include "reql/cursor.h"
#include "json/count.h"

#define SAMPLE ((uint32_t)256 * 1024) /* bytes of documents requested as a table's sample */
#define SMALL 100                     /* tables with fewer documents are not sampled */

uint64_t rdb_archive_size_of(uint64_t documents, uint64_t rows, uint64_t bytes)
{
	double size = rows ? 1.25 * (double)documents * (double)bytes / (double)rows : 0;

	return size < (double)INT64_MAX ? (uint64_t)size : (uint64_t)INT64_MAX;
}

struct sample {
	uint64_t rows;
	struct rdb_buf packed;
};

static int sample_rows(struct sample *sample, struct rdb_deflater *deflater,
	struct rdb_json_span rows, struct rdb_err *err)
{
	struct rdb_json_count count;

	rdb_json_count_init(&count);
	rdb_json_count_feed(&count, rows.data, rows.len);
	sample->rows = rdb_json_count_documents(&count);
	return rdb_deflate_once(deflater, rows.data, rows.len, &sample->packed, err);
}

static int ask_sample(struct rdb_conn *conn, const struct rdb_query_read *read,
	struct rdb_deflater *deflater, struct sample *sample, struct rdb_err *err)
{
	struct rdb_buf query = {0};
	struct rdb_cursor cursor;
	struct rdb_json_span rows;
	int rc = rdb_query_read(&query, read);

	rc = rc ? rdb_err_sys(err, -rc, "a query")
		: rdb_cursor_open(&cursor, conn, query.data, query.len, err);
	rdb_buf_free(&query);
	if (rc != 0)
		return rc;
	cursor.patient = true;
	rc = rdb_cursor_next(&cursor, &rows, err);
	if (rc > 0)
		rc = sample_rows(sample, deflater, rows, err);
	rdb_cursor_close(&cursor);
	return rc;
}

static uint64_t add(uint64_t a, uint64_t b)
{
	return a + b < INT64_MAX ? a + b : (uint64_t)INT64_MAX;
}

uint64_t rdb_archive_size(
	struct rdb_conn *conn, const struct rdb_plan *plan, enum rdb_read_mode mode, int level)
{
	const struct rdb_deflate_options options = {.level = level, .threads = 1};
	struct rdb_deflater *deflater;
	uint64_t size = 0;
	int rc = rdb_deflater_create(&options, &deflater, NULL);

	if (rc != 0)
		return 0;
	for (size_t i = 0; i < plan->count && !rdb_conn_breaks(rc); i++) {
		const struct rdb_plan_table *table = &plan->tables[i];
		const struct rdb_query_read read = {.db = table->db,
			.table = table->table,
			.mode = mode,
			.batch_bytes = SAMPLE};
		struct sample sample = {0};
		if (table->estimate < SMALL)
			continue;
		rc = ask_sample(conn, &read, deflater, &sample, NULL);
		if (rc == 0)
			size = add(size, rdb_archive_size_of((uint64_t)table->estimate, sample.rows,
						 sample.packed.len));
		rdb_buf_free(&sample.packed);
	}
	rdb_deflater_destroy(deflater);
	return size;
}
