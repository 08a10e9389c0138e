#include "pipeline/hash_shard.h"
#include "unit/check.h"

#include <string.h>

static unsigned shard_of(const char *key)
{
	return rdb_hash_shard((struct rdb_json_span){key, strlen(key)});
}

/* Expected values from a slow implementation of the server's source in another language. */
static void test_shards_are_those_of_the_server(void)
{
	static const struct {
		const char *key;
		unsigned shard;
	} keys[] = {
		{"\"\"", 4},
		{"\"a\"", 5},
		{"\"b\"", 3},
		{"\"posts-1\"", 1},
		{"\"ключ\"", 7},
		{"\"\\u043a\\u043b\\u044e\\u0447\"", 7},
		{"\"\\ud83d\\ude00\"", 4},
		{"0", 4},
		{"-0.0", 4},
		{"1", 5},
		{"1.0", 5},
		{"2", 4},
		{"-1.5", 6},
		{"1e300", 3},
		{"0.1", 6},
		{"12345678901234567890", 6},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		CHECK_INT(shard_of(keys[i].key), keys[i].shard);
}

/* Keys of other types, and values that are not keys. */
static void test_other_keys_have_the_first_shard(void)
{
	static const char *const keys[] = {
		"true", "[1,2]", "null", "{\"a\":1}", "", "\"", "-", "\"\\ud83d\""};
	char text[1026];

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		CHECK_INT(shard_of(keys[i]), 0);
	memset(text, 'x', sizeof(text));
	text[0] = text[sizeof(text) - 1] = '"';
	CHECK_INT(rdb_hash_shard((struct rdb_json_span){text, sizeof(text)}), 0);
	text[1] = '\\';
	text[2] = 't';
	CHECK_INT(rdb_hash_shard((struct rdb_json_span){text, sizeof(text)}), 0);
}

static void test_keys_are_spread_evenly(void)
{
	unsigned counts[RDB_HASH_SHARDS] = {0};
	char key[32];

	for (int i = 0; i < 8000; i++) {
		snprintf(key, sizeof(key), "%d", i);
		counts[shard_of(key)]++;
	}
	for (unsigned i = 0; i < RDB_HASH_SHARDS; i++)
		CHECK(counts[i] > 900 && counts[i] < 1100);
}

int main(void)
{
	RUN(test_shards_are_those_of_the_server);
	RUN(test_other_keys_have_the_first_shard);
	RUN(test_keys_are_spread_evenly);
	CHECK_EXIT();
}
