/* Fuzzes files of AWS credentials and settings, and credentials as JSON. */
#include "base/vault.h"
#include "s3/credentials.h"
#include "s3/profile.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

static void check_entry(const char *text, size_t size, const char *section, int prefixed)
{
	char *value = rdb_profile_find(text, size, section, prefixed, "aws_access_key_id");

	if (value)
		require(*value && !strchr(value, '\n') && memmem(text, size, value, strlen(value)));
	rdb_vault_free(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rdb_credentials found = {0};
	char *text = malloc(size + 1);

	require(text != NULL);
	memcpy(text, data, size);
	check_entry(text, size, "default", 0);
	check_entry(text, size, "p", 1);
	if (rdb_credentials_parse(text, size, "a program", &found, NULL) == 0)
		require(found.access_key && found.secret_key && found.expires >= 0);
	else
		require(!found.access_key);
	rdb_credentials_free(&found);
	free(text);
	return 0;
}
