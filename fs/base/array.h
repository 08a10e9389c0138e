/* Growth of arrays. Not thread-safe. */
#ifndef RDB_BASE_ARRAY_H
#define RDB_BASE_ARRAY_H

#include <stddef.h>

/*
 * Allocates room for one more element. array: the address of a pointer to elements of the given
 * size, of which count are in use and cap are allocated; NULL with a cap of 0 is an empty array.
 * The owner releases it with free(). Returns 0, or -ENOMEM, which leaves the array unchanged.
 */
int rdb_array_grow(void *array, size_t *cap, size_t count, size_t size);

#endif
