/*
 * SipHash-2-4 (Aumasson, Bernstein, 2012): a keyed hash for tables whose keys come from outside.
 * Without the key an attacker cannot choose entries that all have the same slot.
 */
#ifndef RDB_BASE_SIPHASH_H
#define RDB_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct rdb_siphash_key {
	uint64_t k[2];
};

/* Sets *out to a random key from getrandom(2). Returns 0 or -EIO. */
int rdb_siphash_key(struct rdb_siphash_key *out);

uint64_t rdb_siphash(const struct rdb_siphash_key *key, const void *data, size_t len);

#endif
