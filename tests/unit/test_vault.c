#include "base/vault.h"
#include "cmd/config.h"
#include "cmd/value.h"
#include "unit/check.h"

#include <sys/mman.h>

/* Whether the kernel excludes the memory from core dumps: "dd" among the flags of its mapping. */
static bool is_left_out(const void *memory)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	uintptr_t start, end, at = (uintptr_t)memory;
	bool here = false, left_out = false;
	char line[512];

	REQUIRE(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &start, &end) == 2)
			here = at >= start && at < end;
		else if (here && strncmp(line, "VmFlags:", 8) == 0)
			left_out = strstr(line, " dd") != NULL;
	}
	fclose(file);
	return left_out;
}

static void test_is_left_out_of_dumps(void)
{
	char *secret = rdb_vault_dup("swordfish"), *heap = strdup("herring");
	char *large = rdb_vault_alloc(100000);

	REQUIRE(secret && large && heap);
	CHECK_STR(secret, "swordfish");
	CHECK(is_left_out(secret));
	CHECK(is_left_out(large) && is_left_out(large + 99999));
	CHECK(!is_left_out(heap));
	for (int i = 0; i < 100000; i++)
		REQUIRE(large[i] == 0);
	memset(large, 1, 100000);
	rdb_vault_free(large);
	rdb_vault_free(secret);
	rdb_vault_free(NULL);
	free(heap);
	CHECK(!rdb_vault_alloc(SIZE_MAX - 4));
	CHECK(!rdb_vault_alloc(SIZE_MAX / 2));
}

static void test_password_of_the_configuration(void)
{
	static const char text[] = "{\"password\": \"swordfish\"}";
	struct rdb_settings settings = {.password = {.ask = false}};

	REQUIRE(rdb_config_parse(text, strlen(text), "test", &settings, NULL) == 0);
	CHECK_STR(settings.password.text, "swordfish");
	CHECK(is_left_out(settings.password.text));
	rdb_secret_free(&settings.password);
	CHECK(!settings.password.text);
}

int main(void)
{
	RUN(test_is_left_out_of_dumps);
	RUN(test_password_of_the_configuration);
	CHECK_EXIT();
}
