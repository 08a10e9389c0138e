/* Growth of dynamic arrays. Not thread-safe. */
#ifndef RDB_BASE_ARRAY_H
#define RDB_BASE_ARRAY_H

#include <stddef.h>

/*
 * Makes room for one more element of an array. "array" is the address of the array's pointer. *cap
 * elements are allocated, and count are used. An empty array is NULL with *cap 0. Returns 0, or
 * -ENOMEM without a change. The owner calls free().
 */
int rdb_array_grow(void *array, size_t *cap, size_t count, size_t size);

#endif
