/* Memory of blocks, two in a huge page. */
#include "download/object_memory.h"
#include "unit/check.h"

#define HALF (RDB_OBJECT_SLAB / 2)
#define COUNT 9

static void test_pieces_do_not_overlap(void)
{
	struct rdb_object_memory memory = {0};
	char *data[COUNT];

	for (int i = 0; i < COUNT; i++) {
		data[i] = rdb_object_memory_get(&memory, HALF);
		REQUIRE(data[i] != NULL);
		memset(data[i], i + 1, HALF);
	}
	for (int i = 0; i < COUNT; i++)
		CHECK(data[i][0] == i + 1 && data[i][HALF - 1] == i + 1);
	for (int i = 0; i < COUNT; i++)
		rdb_object_memory_put(&memory, data[(i * 4 + 3) % COUNT], HALF);
	rdb_object_memory_free(&memory);
}

static void test_returned_memory_is_used_again(void)
{
	struct rdb_object_memory memory = {0};
	char *first = rdb_object_memory_get(&memory, HALF);
	char *second = rdb_object_memory_get(&memory, HALF);

	CHECK(second == first + HALF);
	rdb_object_memory_put(&memory, first, HALF);
	CHECK(rdb_object_memory_get(&memory, HALF) == first);
	rdb_object_memory_put(&memory, second, HALF);
	rdb_object_memory_put(&memory, first, HALF);
	CHECK(rdb_object_memory_get(&memory, HALF) == first);
	rdb_object_memory_put(&memory, first, HALF);
	rdb_object_memory_free(&memory);
}

static void test_other_sizes(void)
{
	struct rdb_object_memory memory = {0};
	char *data = rdb_object_memory_get(&memory, 100);

	REQUIRE(data != NULL);
	memset(data, 1, 100);
	rdb_object_memory_put(&memory, data, 100);
	rdb_object_memory_put(&memory, NULL, HALF);
	CHECK(memory.slabs == NULL);
	rdb_object_memory_free(&memory);
}

int main(void)
{
	RUN(test_pieces_do_not_overlap);
	RUN(test_returned_memory_is_used_again);
	RUN(test_other_sizes);
	CHECK_EXIT();
}
