/* Fuzzes the recognition of a file of any name: the result must be deterministic. */
#include "format/recognise.h"
#include "unit/memory_source.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rdb_source *source = memory_source(data, size);
	const char *words, *again;
	bool is_archive, same;

	if (rdb_recognise(source, &is_archive, &words, NULL) == 0) {
		require(!is_archive || !words);
		require(rdb_recognise(source, &same, &again, NULL) == 0);
		require(same == is_archive && again == words);
	}
	rdb_source_close(source);
	words = rdb_recognise_foreign(data, size);
	require(!words || *words);
	return 0;
}
