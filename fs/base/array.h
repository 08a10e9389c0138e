/* Growth of dynamic arrays. Not thread-safe. */
#ifndef RDB_BASE_ARRAY_H
#define RDB_BASE_ARRAY_H

#include <stddef.h>

/*
 * Makes room for one more element of an array. array is the address of the pointer to the elements,
 * and size is the size of an element in bytes. *cap is the number of allocated elements, and count
 * is the number of used elements. A NULL pointer with *cap 0 is an empty array. The owner frees the
 * array with free(). Returns 0, or -ENOMEM with the array unchanged.
 */
int rdb_array_grow(void *array, size_t *cap, size_t count, size_t size);

#endif
