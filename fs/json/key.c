#include "json/key.h"

#include <errno.h>
#include <string.h>

int rdb_json_key(const char *text, size_t len, const char *name, struct rdb_json_span *key)
{
	struct rdb_json_want want = {.object = true, .key = name, .key_len = strlen(name)};
	struct rdb_json_found found;
	int rc = rdb_json_document(text, len, &want, &found, NULL);

	if (rc != 0)
		return rc;
	*key = found.key;
	if (found.keys == 0)
		return -ENOENT;
	return found.keys > 1 ? -EEXIST : 0;
}

int rdb_json_term(struct rdb_json_span value, struct rdb_buf *out)
{
	struct rdb_json_want want = {.wrap = out};

	return rdb_json_document(value.data, value.len, &want, NULL, NULL);
}
