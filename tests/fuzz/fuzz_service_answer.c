/* Fuzzes JSON answers of a hosting service's API. For any input, ids are valid as parts of an
 * address, texts are terminated and printable, and nothing is read past the end. */
#include "service/service_answer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

static void check_backup(const struct rdb_service_backup *backup)
{
	require(rdb_service_is_id(backup->id));
	require(strlen(backup->name) < sizeof(backup->name) && !strchr(backup->name, '\n'));
	require(strlen(backup->type) < sizeof(backup->type));
	require(strlen(backup->status) < sizeof(backup->status));
	require(backup->created >= 0);
}

static void check_backups(const char *text, size_t size)
{
	struct rdb_service_backup *backups, one;
	struct rdb_err err;
	char *link;
	size_t count;

	if (rdb_service_read_backups(text, size, &backups, &count, &err) == 0)
		require(count <= RDB_SERVICE_BACKUPS_MAX);
	for (size_t i = 0; i < count; i++)
		check_backup(&backups[i]);
	free(backups);
	if (rdb_service_read_backup(text, size, &one, &link, &err) == 0)
		check_backup(&one);
	require(!link || (*link && !strpbrk(link, " \t\r\n")));
	free(link);
}

static void check_others(const char *text, size_t size)
{
	struct rdb_service_recipe recipe;
	struct rdb_service_deployment deployment;
	char words[RDB_SERVICE_NAME];
	struct rdb_err err;

	if (rdb_service_read_recipe(text, size, &recipe, &err) == 0)
		require(rdb_service_is_id(recipe.id) && recipe.done <= recipe.total &&
			strlen(recipe.words) < sizeof(recipe.words));
	if (rdb_service_read_deployment(text, size, &deployment, &err) == 0)
		require(strlen(deployment.type) < sizeof(deployment.type));
	rdb_service_deployment_free(&deployment);
	rdb_service_read_error(text, size, words);
	require(strlen(words) < sizeof(words) && !strchr(words, '\n'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rdb_service_address address;
	char *text = malloc(size + 1);

	require(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	check_backups(text, size);
	check_others(text, size);
	if (rdb_service_address_parse(text, &address, NULL) == 0)
		require(rdb_service_is_id(address.deployment) &&
			(strncmp(address.base, "https://", 8) == 0 ||
				rdb_service_is_loopback(address.base)));
	rdb_service_address_free(&address);
	require(rdb_service_time(text) >= 0);
	free(text);
	return 0;
}
