/*
 * SipHash-2-4 (Aumasson, Bernstein, 2012), a keyed hash for hash tables whose keys come from
 * outside. An attacker who does not know the hash key cannot choose keys that collide.
 */
#ifndef RDB_BASE_SIPHASH_H
#define RDB_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct rdb_siphash_key {
	uint64_t k[2];
};

/* Stores a random key from getrandom(2) in *out. Returns 0 or -EIO. */
int rdb_siphash_key(struct rdb_siphash_key *out);

uint64_t rdb_siphash(const struct rdb_siphash_key *key, const void *data, size_t len);

#endif
