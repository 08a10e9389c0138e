/*
 * Placement of a table: the shards, and the servers of the replicas. The form is that of the member
 * "shards" in a row of table_config. The order of servers in a list has no meaning. A value of
 * another form counts as an empty list. All functions are thread-safe.
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

/* Returns whether the arrays "shards" and "others" have the same shards on the same servers. */
bool rdb_placement_same(const json_t *shards, const json_t *others);

/* Returns whether all servers of the shards exist in the cluster. "servers" is the array of the
 * rows of the cluster's table server_config. */
bool rdb_placement_possible(const json_t *shards, const json_t *servers);

#endif
