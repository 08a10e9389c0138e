/* Fuzzes the scope and the cluster in an archive's facts: the result for a text that jansson
 * accepts must match its content. */
#include "fuzz/json_reference.h"
#include "job/lineage.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_names(const json_t *array, const char *const *names, size_t count)
{
	size_t i;
	json_t *item;

	DEMAND(json_array_size(array) == count);
	for (i = 0; i + 1 < count; i++)
		DEMAND(strcmp(names[i], names[i + 1]) <= 0);
	json_array_foreach(array, i, item)
	{
		bool found = false;
		for (size_t k = 0; k < count; k++)
			found = found || strcmp(names[k], json_string_value(item)) == 0;
		DEMAND(found);
	}
}

static void check(const char *text, const struct rdb_lineage *lineage)
{
	json_t *json = NULL;

	if (reference_value(text, strlen(text), &json) > 0) {
		const json_t *scope = json_object_get(json, "scope");
		check_names(json_object_get(scope, "only"), lineage->scope.only,
			lineage->scope.only_count);
		check_names(json_object_get(scope, "except"), lineage->scope.except,
			lineage->scope.except_count);
		check_names(json_object_get(json, "cluster"), lineage->databases,
			lineage->database_count);
	}
	json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct rdb_lineage *lineage = NULL;
	int rc;

	DEMAND(text);
	rc = rdb_lineage_parse(text, &lineage, NULL);
	DEMAND(rc == 0 || rc == -EBADMSG);
	if (rc == 0 && !reference_differs(text, strlen(text)))
		check(text, lineage);
	rdb_lineage_free(lineage);
	free(text);
	return 0;
}
