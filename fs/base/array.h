/* Room in arrays that grow. Not thread-safe. */
#ifndef RDB_BASE_ARRAY_H
#define RDB_BASE_ARRAY_H

#include <stddef.h>

/*
 * Makes room for one element more. array: the address of a pointer to elements of the given size,
 * of which count are in use and cap fit; NULL with a cap of 0 is an empty one. Free it with
 * free(). 0 or -ENOMEM, which leaves it as it was.
 */
int rdb_array_grow(void *array, size_t *cap, size_t count, size_t size);

#endif
