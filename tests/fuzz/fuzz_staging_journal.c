/* Fuzzes a record of a staging table: an accepted record must be written as an equivalent one. */
#include "staging/staging_journal.h"

#include "fuzz/json_reference.h"
#include "staging/staging.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static void check_again(const struct rdb_staging_record *record)
{
	struct rdb_staging_record again;
	struct rdb_buf text = {0};

	DEMAND(rdb_staging_record_format(record, &text) == 0);
	/* Rest of a longer record that this one has overwritten. */
	DEMAND(rdb_buf_puts(&text, "\"}") == 0);
	DEMAND(rdb_staging_record_parse(text.data, text.len, &again) == 0);
	DEMAND(same(record->cluster, again.cluster) && same(record->db, again.db));
	DEMAND(same(record->table, again.table) && same(record->before, again.before));
	DEMAND(same(record->id, again.id) && same(record->boot, again.boot));
	DEMAND(record->made_db == again.made_db);
	rdb_staging_record_free(&again);
	rdb_buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rdb_staging_record record;

	if (rdb_staging_record_parse((const char *)data, size, &record) != 0)
		return 0;
	DEMAND(record.cluster && record.db && record.table && record.id && record.boot);
	DEMAND(strlen(record.id) < RDB_TABLE_ID);
	/* Without an id, the table's name is not one that a user chose. */
	DEMAND(record.id[0] || rdb_staging_is(record.table));
	DEMAND(record.id[0] || !record.before || rdb_staging_is(record.before));
	check_again(&record);
	rdb_staging_record_free(&record);
	return 0;
}
