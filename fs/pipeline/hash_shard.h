/*
 * Computes to which hash shard of a table a document belongs. RethinkDB stores a table in eight
 * hash shards, each a tree with its own transactions. A hash of the primary key selects the shard.
 * In RethinkDB 2.4 this is part of the format on disk (src/region/hash_region.cc,
 * src/clustering/table_contract/cpu_sharding.cc, and print_primary() in
 * src/rdb_protocol/datum.cc).
 *
 * The server inserts 128 documents at a time, with a transaction for each shard of these
 * documents. If documents are grouped by shard, the server needs one transaction instead of eight,
 * which is half of its work. This is only an optimization. A wrong shard never changes the stored
 * documents.
 */
#ifndef RDB_PIPELINE_HASH_SHARD_H
#define RDB_PIPELINE_HASH_SHARD_H

#include "json/text.h"

#define RDB_HASH_SHARDS 8

/* Returns the hash shard, 0 to 7, in which the server stores a document. "key" is the document's
 * primary key as JSON text. Returns 0 for a string of 128 bytes or more, and for a key that is
 * neither a number nor a string. Thread-safe. */
unsigned rdb_hash_shard(struct rdb_json_span key);

#endif
