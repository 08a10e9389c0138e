#include "format/shape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TOPS_MAX 2

void rdb_shape_init(struct rdb_shape *shape)
{
	*shape = (struct rdb_shape){.tops = 1};
}

void rdb_shape_free(struct rdb_shape *shape)
{
	free(shape->top);
	free(shape->stray);
	free(shape->stray_top);
	free(shape->other);
	free(shape->second);
}

int rdb_shape_set(struct rdb_shape *shape, const char *top)
{
	if (shape->top)
		return 0;
	shape->top = strdup(top);
	shape->tops = rdb_name_tops(top);
	return shape->top ? 0 : -ENOMEM;
}

/* Records a stray: a table that lies one folder higher or deeper than usual. Keeps the path and the
 * top folder of the first stray. Sets strays_differ if a later stray has another top folder. */
static void record_stray(struct rdb_shape *shape, const char *path, const struct rdb_name *name)
{
	if (shape->stray_top) {
		shape->strays_differ |= strcmp(shape->stray_top, name->top) != 0;
		return;
	}
	shape->stray = strdup(path);
	shape->stray_top = strdup(name->top);
	shape->strays_differ = !shape->stray_top;
}

static const char *refuse_outside(struct rdb_shape *shape, const struct rdb_name *name)
{
	if (name->tops < shape->tops)
		return "outside the top folder";
	if (!shape->second)
		shape->second = strdup(name->top);
	return "below a second top folder";
}

const char *rdb_shape_refuse(struct rdb_shape *shape, const char *path, const struct rdb_name *name)
{
	static const char misplaced[] = "not DATABASE/TABLE.json, .ndjson, .csv or .info below the "
					"top folder";

	if (!shape->top && name->tops == shape->tops)
		return NULL;
	if (!shape->top) {
		record_stray(shape, path, name);
		return misplaced;
	}
	if (strcmp(shape->top, name->top) == 0)
		return NULL;
	return rdb_name_is_below(path, shape->top) ? misplaced : refuse_outside(shape, name);
}

void rdb_shape_other(struct rdb_shape *shape, const char *path)
{
	if (!shape->other)
		shape->other = strdup(path);
}

bool rdb_shape_is_undecided(const struct rdb_shape *shape)
{
	return !shape->top && shape->stray_top;
}

bool rdb_shape_again(struct rdb_shape *shape)
{
	if (shape->top || !shape->stray_top || shape->strays_differ ||
		rdb_name_tops(shape->stray_top) > TOPS_MAX)
		return false;
	shape->tops = rdb_name_tops(shape->stray_top);
	return shape->tops != 1;
}

int rdb_shape_check(const struct rdb_shape *shape, struct rdb_err *err)
{
	if (!shape->second)
		return 0;
	return rdb_err_set(err, EIO,
		"it contains more than one backup: only the tables below \"%s\" are shown, those "
		"below \"%s\" are not; unpack it to use both",
		shape->top, shape->second);
}

int rdb_shape_missing(const struct rdb_shape *shape, struct rdb_err *err)
{
	if (!shape->stray && shape->other)
		return rdb_err_set(err, EIO,
			"it contains no table: TOP/DATABASE/TABLE.json was expected, but it has %s",
			shape->other);
	if (!shape->stray)
		return rdb_err_set(
			err, EIO, "it contains no table: it is not an archive of rethinkdb dump");
	return rdb_err_set(err, EIO,
		"it contains no table: TOP/DATABASE/TABLE.json was expected, but it has %s%s",
		shape->stray, shape->strays_differ ? " and others elsewhere" : "");
}
