/* Records of restored tables in a progress file. */
#include "restore/restore_progress.h"

#include "unit/check.h"

static const struct rdb_restored first = {.db = "blog",
	.table = "posts",
	.id = "8d5e1f0a-0000-4000-8000-000000000001",
	.documents = 120,
	.warnings = 3};
static const struct rdb_restored second = {.db = "shop",
	.table = "orders",
	.id = "8d5e1f0a-0000-4000-8000-000000000002",
	.documents = 7};

static void complete_line(void)
{
	char line[RDB_RESTORED_MAX];
	size_t len = rdb_restored_format(&first, line);
	struct rdb_restored parsed = {0};

	CHECK_INT(rdb_restored_parse(line, len - 1, &parsed), 0);
	CHECK_STR(parsed.db, first.db);
	CHECK_STR(parsed.table, first.table);
	CHECK_STR(parsed.id, first.id);
	CHECK_INT(parsed.documents, first.documents);
	CHECK_INT(parsed.warnings, first.warnings);
}

static bool is_about(const struct rdb_restored *parsed, const struct rdb_restored *table)
{
	return strcmp(parsed->db, table->db) == 0 && strcmp(parsed->table, table->table) == 0 &&
	       strcmp(parsed->id, table->id) == 0;
}

/* A full disk can cut a line anywhere, and the next line is then appended to the rest. */
static void cut_line_matches_no_table(void)
{
	char line[RDB_RESTORED_MAX], next[RDB_RESTORED_MAX], joined[2 * RDB_RESTORED_MAX];
	size_t len = rdb_restored_format(&first, line),
	       next_len = rdb_restored_format(&second, next);
	struct rdb_restored parsed;

	for (size_t cut = 1; cut < len; cut++) {
		memcpy(joined, line, cut);
		memcpy(joined + cut, next, next_len);
		if (rdb_restored_parse(joined, cut + next_len - 1, &parsed) == 0)
			CHECK(!is_about(&parsed, &first) && !is_about(&parsed, &second));
	}
}

int main(void)
{
	RUN(complete_line);
	RUN(cut_line_matches_no_table);
	CHECK_EXIT();
}
