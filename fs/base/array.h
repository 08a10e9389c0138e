/* Growth of dynamic arrays. Not thread-safe. */
#ifndef RDB_BASE_ARRAY_H
#define RDB_BASE_ARRAY_H

#include <stddef.h>

/* Makes room for one more element of "size" bytes. "array" is the address of the pointer to the
 * first element. That pointer is NULL while *cap is 0. Returns 0, or -ENOMEM with the array
 * unchanged. */
int rdb_array_grow(void *array, size_t *cap, size_t count, size_t size);

#endif
