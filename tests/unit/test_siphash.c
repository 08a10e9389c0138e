#include "base/siphash.h"
#include "unit/check.h"

/* The key 00 01 … 0f and the messages 00 01 … of the paper's test vectors. */
static void test_vectors(void)
{
	static const struct rdb_siphash_key key = {{0x0706050403020100u, 0x0f0e0d0c0b0a0908u}};
	static const struct {
		size_t len;
		uint64_t hash;
	} vectors[] = {
		{0, 0x726fdb47dd0e0e31u},
		{1, 0x74f839c593dc67fdu},
		{8, 0x93f5f5799a932462u},
		{15, 0xa129ca6149be45e5u},
	};
	unsigned char message[16];

	for (unsigned char i = 0; i < sizeof(message); i++)
		message[i] = i;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++)
		CHECK(rdb_siphash(&key, message, vectors[i].len) == vectors[i].hash);
}

static void test_keys_differ(void)
{
	struct rdb_siphash_key a, b;

	CHECK_INT(rdb_siphash_key(&a), 0);
	CHECK_INT(rdb_siphash_key(&b), 0);
	CHECK(a.k[0] != b.k[0] && a.k[1] != b.k[1]);
	CHECK(rdb_siphash(&a, "posts", 5) != rdb_siphash(&b, "posts", 5));
}

int main(void)
{
	RUN(test_vectors);
	RUN(test_keys_differ);
	CHECK_EXIT();
}
