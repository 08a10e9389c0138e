/* Fuzzes a line of the file of restored tables: an accepted line must be written as an equivalent
 * line with complete names. */
#include "restore/restore_progress.h"

#include "fuzz/json_reference.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether the line begins with these words, each followed by a space. */
static bool begins_with(const char *line, size_t len, const struct rdb_restored *restored)
{
	const char *words[] = {restored->db, restored->table, restored->id};

	for (int i = 0; i < 3; i++) {
		size_t n = strlen(words[i]);

		if (n == 0 || len <= n || memcmp(line, words[i], n) != 0 || line[n] != ' ')
			return false;
		line += n + 1;
		len -= n + 1;
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rdb_restored restored, again;
	char line[RDB_RESTORED_MAX];
	size_t len;

	if (rdb_restored_parse((const char *)data, size, &restored) != 0)
		return 0;
	DEMAND(begins_with((const char *)data, size, &restored));
	len = rdb_restored_format(&restored, line);
	DEMAND(len > 0 && line[len - 1] == '\n');
	DEMAND(rdb_restored_parse(line, len - 1, &again) == 0);
	DEMAND(strcmp(restored.db, again.db) == 0 && strcmp(restored.table, again.table) == 0);
	DEMAND(strcmp(restored.id, again.id) == 0);
	DEMAND(restored.documents == again.documents && restored.warnings == again.warnings);
	return 0;
}
