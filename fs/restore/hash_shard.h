/*
 * Hash shard of a table to which a document belongs. RethinkDB keeps a table in eight shards, each
 * a tree with its own transactions; a hash of the primary key selects the shard
 * (src/region/hash_region.cc, src/clustering/table_contract/cpu_sharding.cc, and print_primary() in
 * src/rdb_protocol/datum.cc of RethinkDB 2.4, where all three are part of the format on disk).
 *
 * The server writes inserts 128 documents at a time, in one transaction for each shard that they
 * touch: grouping documents by shard needs one transaction instead of eight, half of the server's
 * work. This is an optimization only: a wrong result never changes the stored documents.
 */
#ifndef RDB_RESTORE_HASH_SHARD_H
#define RDB_RESTORE_HASH_SHARD_H

#include "json/text.h"

#define RDB_HASH_SHARDS 8

/* Returns the shard of a document with this primary key, which is JSON. 0 if unknown: keys other
 * than strings and numbers, and keys that the server refuses. Any thread may call. */
unsigned rdb_hash_shard(struct rdb_json_span key);

#endif
