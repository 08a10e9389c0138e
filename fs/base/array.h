/* Growth of arrays. Not thread-safe. */
#ifndef RDB_BASE_ARRAY_H
#define RDB_BASE_ARRAY_H

#include <stddef.h>

/*
 * Makes room for one more element. array: the address of a pointer to elements of the given size;
 * count are in use, cap are allocated; NULL with a cap of 0 is an empty array. The owner frees it
 * with free(). 0 or -ENOMEM, which leaves the array as it was.
 */
int rdb_array_grow(void *array, size_t *cap, size_t count, size_t size);

#endif
