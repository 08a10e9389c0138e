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

/* Whether the platform carries MADV_DONTDUMP out. Emulators (qemu-user) report success and ignore
 * it. */
static bool is_supported(void)
{
	void *page = mmap(NULL, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool supported;

	REQUIRE(page != MAP_FAILED);
	supported = madvise(page, 1, MADV_DONTDUMP) == 0 && is_left_out(page);
	munmap(page, 1);
	if (!supported)
		printf("skip: no memory can be left out of core dumps here\n");
	return supported;
}

static void test_is_left_out_of_dumps(void)
{
	const bool supported = is_supported();
	char *secret = rdb_vault_dup("swordfish"), *heap = strdup("herring");
	char *large = rdb_vault_alloc(100000);

	REQUIRE(secret && large && heap);
	CHECK_STR(secret, "swordfish");
	CHECK_INT(is_left_out(secret), supported);
	CHECK_INT(is_left_out(large), supported);
	CHECK_INT(is_left_out(large + 99999), supported);
	CHECK(!is_left_out(heap));
	for (int i = 0; i < 100000; i++)
		REQUIRE(large[i] == 0);
	memset(large, 1, 100000);
	rdb_vault_free(large);
	rdb_vault_free(secret);
	rdb_vault_free(NULL);
	free(heap);
	CHECK(!rdb_vault_alloc(SIZE_MAX - 4));
	CHECK(!rdb_vault_alloc(SIZE_MAX - 100));
}

static void test_password_of_the_configuration(void)
{
	static const char text[] = "{\"password\": \"swordfish\"}";
	struct rdb_settings settings = {.password = {.ask = false}};

	REQUIRE(rdb_config_parse(text, strlen(text), "test", &settings, NULL) == 0);
	CHECK_STR(settings.password.text, "swordfish");
	CHECK_INT(is_left_out(settings.password.text), is_supported());
	rdb_secret_free(&settings.password);
	CHECK(!settings.password.text);
}

int main(void)
{
	RUN(test_is_left_out_of_dumps);
	RUN(test_password_of_the_configuration);
	CHECK_EXIT();
}
