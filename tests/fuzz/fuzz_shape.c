/* Fuzzes lines as the names of an archive's members: compares the tables shown after one pass and
 * after two. */
#include "format/member_name.h"
#include "format/shape.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

static void check_name(const struct rdb_name *name)
{
	require(rdb_name_is_fit(name->db, strlen(name->db)));
	require(rdb_name_is_fit(name->file, strlen(name->file)));
	require(!strstr(name->top, "..") || !strstr(name->top, "/../"));
	require(name->tops == rdb_name_tops(name->top));
}

/* Processes a member like a scan. Returns whether it is shown. */
static bool take(struct rdb_shape *shape, const char *path)
{
	struct rdb_name name;
	const char *why;

	if (rdb_name_path_is_clutter(path))
		return false;
	if (!rdb_name_parse(path, &name)) {
		rdb_shape_other(shape, path);
		return false;
	}
	check_name(&name);
	why = rdb_shape_refuse(shape, path, &name);
	require(!why || *why);
	if (why)
		return false;
	require(name.tops == shape->tops);
	require(!shape->top || strcmp(shape->top, name.top) == 0);
	require(rdb_shape_set(shape, name.top) == 0);
	return true;
}

/* Makes one pass over all lines. Returns the number of tables shown. */
static size_t pass(struct rdb_shape *shape, const char *lines, size_t len)
{
	size_t shown = 0;

	for (const char *end = lines + len; lines < end;) {
		const char *stop = memchr(lines, '\n', (size_t)(end - lines));
		size_t n = stop ? (size_t)(stop - lines) : (size_t)(end - lines);
		char *path = strndup(lines, n);

		require(path != NULL);
		shown += take(shape, path);
		free(path);
		lines += n + (stop != NULL);
	}
	return shown;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rdb_shape shape;
	struct rdb_err err = {0};
	size_t shown;

	rdb_shape_init(&shape);
	shown = size ? pass(&shape, (const char *)data, size) : 0;
	require((shown > 0) == (shape.top != NULL));
	require(!rdb_shape_is_undecided(&shape) || shown == 0);
	if (shown == 0 && rdb_shape_again(&shape)) {
		shown = pass(&shape, (const char *)data, size);
		require(shown > 0); /* otherwise the second pass was useless */
	}
	if (shown == 0)
		require(rdb_shape_missing(&shape, &err) == -EIO && err.text[0]);
	else if (rdb_shape_check(&shape, &err) != 0)
		require(err.code == EIO && shape.second && strcmp(shape.second, shape.top) != 0);
	rdb_shape_free(&shape);
	return 0;
}
