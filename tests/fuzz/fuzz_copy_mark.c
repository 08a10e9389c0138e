/* Fuzzes the mark of a mirror's copy: a text that is accepted stays the same when it is written and
 * read again. */
#include "fuzz/json_reference.h"
#include "store/copy_mark.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rdb_copy_mark mark, again;
	int ret = rdb_copy_mark_parse((const char *)data, size, &mark);
	char *text;

	DEMAND(ret == 0 || ret == -ENOENT);
	if (ret != 0)
		return 0;
	text = rdb_copy_mark_text(&mark);
	DEMAND(text);
	DEMAND(rdb_copy_mark_parse(text, strlen(text), &again) == 0);
	DEMAND(strcmp(mark.of.origin, again.of.origin) == 0);
	DEMAND(strcmp(mark.of.type, again.of.type) == 0);
	DEMAND(mark.home == again.home && mark.size == again.size && mark.mtime == again.mtime);
	DEMAND(mark.created == again.created && mark.removed == again.removed);
	free(text);
	return 0;
}
