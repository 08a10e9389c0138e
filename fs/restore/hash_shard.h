/*
 * Where in a table a document goes. RethinkDB keeps a table in eight parts, each a tree with
 * transactions of its own, and a hash of the primary key says which one a document is in
 * (src/region/hash_region.cc, src/clustering/table_contract/cpu_sharding.cc, and print_primary()
 * in src/rdb_protocol/datum.cc of RethinkDB 2.4, where all three are part of the format on disk).
 *
 * It writes inserts 128 documents at a time, in one transaction for each part that they touch:
 * documents of one part together are one transaction instead of eight, and half of the server's
 * work. That is all this is good for; whatever it answers, what is stored is the same.
 */
#ifndef RDB_RESTORE_HASH_SHARD_H
#define RDB_RESTORE_HASH_SHARD_H

#include "json/text.h"

#define RDB_HASH_SHARDS 8

/* The part of a document with this primary key, as JSON; 0 where it can't be told: for other
 * keys than strings and numbers, and for those that the server refuses. Any thread may call. */
unsigned rdb_hash_shard(struct rdb_json_span key);

#endif
