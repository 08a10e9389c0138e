/*
 * The hash FNV-1a with 64 bits. The hash has no cryptographic strength, and the values are the same
 * in every process. Thread-safe.
 */
#ifndef RDB_BASE_FNV_H
#define RDB_BASE_FNV_H

#include <stddef.h>
#include <stdint.h>

#define RDB_FNV UINT64_C(14695981039346656037) /* hash of nothing */

/* Continues the hash "hash" with "len" more bytes. For the first bytes, "hash" must be RDB_FNV.
 * Returns the new hash. */
static inline uint64_t rdb_fnv(uint64_t hash, const void *data, size_t len)
{
	const unsigned char *at = data;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * UINT64_C(1099511628211);
	return hash;
}

#endif
