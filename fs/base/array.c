#include "base/array.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

int rdb_array_grow(void *array, size_t *cap, size_t count, size_t size)
{
	void **at = array, *more;

	if (count < *cap)
		return 0;
	if (*cap > SIZE_MAX / 4 / size)
		return -ENOMEM;
	more = realloc(*at, (*cap ? *cap * 2 : 64) * size);
	if (!more)
		return -ENOMEM;
	*at = more;
	*cap = *cap ? *cap * 2 : 64;
	return 0;
}
