/*
 * Placement of a table: the shards, and the servers of the replicas, as in the member "shards" of a
 * row of table_config. Lists of servers have no order. A value that is not such a list counts as
 * empty. All functions are thread-safe.
 */
#ifndef RDB_RESTORE_PLACEMENT_H
#define RDB_RESTORE_PLACEMENT_H

#include <jansson.h>
#include <stdbool.h>

struct rdb_placement {
	int shards;     /* number of shards; at most 64, as on the server */
	int replicas;   /* replicas of the shard with most replicas; at most 64 */
	bool nonvoting; /* some replicas do not vote */
};

struct rdb_placement rdb_placement_count(const json_t *shards);

/* Returns whether shards and others have the same shards on the same servers. */
bool rdb_placement_same(const json_t *shards, const json_t *others);

/* Returns whether all servers of the shards are in servers, which has rows of server_config. */
bool rdb_placement_possible(const json_t *shards, const json_t *servers);

#endif
