/* Fuzzes targets of symbolic links in restore/: accepted ones must yield plain names. */
#include "upload/upload_target.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

static void check_name(const char *name)
{
	require(!strchr(name, '/') && strcmp(name, "..") != 0 && strcmp(name, ".") != 0);
}

static void check_tidy(const char *target)
{
	char once[PATH_MAX], twice[PATH_MAX];

	if (rdb_upload_target_tidy(target, once) != 0)
		return;
	require(once[0] == '/' && !strstr(once, "//"));
	require(rdb_upload_target_tidy(once, twice) == 0 && strcmp(once, twice) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rdb_upload_target out;
	char *target = malloc(size + 1);

	require(target != NULL);
	memcpy(target, data, size);
	target[size] = '\0';
	check_tidy(target);
	if (rdb_upload_target_parse("/mnt/backups", "restore/blog", target, &out) == 0) {
		require(out.backup[0] != '\0');
		check_name(out.backup);
		check_name(out.db);
		check_name(out.table);
	}
	free(target);
	return 0;
}
