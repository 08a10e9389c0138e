/*
 * Placement of a table: its shards, and the servers that hold their replicas, as in the member
 * "shards" of a row of table_config. Lists of servers have no order. Pure functions; what is not
 * such a list counts as empty.
 */
#ifndef RDB_RESTORE_PLACEMENT_H
#define RDB_RESTORE_PLACEMENT_H

#include <jansson.h>
#include <stdbool.h>

struct rdb_placement {
	int shards;     /* at most 64, as on the server */
	int replicas;   /* of the shard that has most, at most 64 */
	bool nonvoting; /* some replicas do not vote */
};

struct rdb_placement rdb_placement_count(const json_t *shards);

/* Returns whether both have the same shards on the same servers. */
bool rdb_placement_same(const json_t *shards, const json_t *others);

/* Returns whether all servers that the shards name are among servers, rows of server_config. */
bool rdb_placement_possible(const json_t *shards, const json_t *servers);

#endif
