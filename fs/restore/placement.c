#include "restore/placement.h"

#include "restore/system.h"

#define MOST 64 /* largest number of shards, or replicas, of a table */

static int at_most(size_t count)
{
	return count < MOST ? (int)count : MOST;
}

struct rdb_placement rdb_placement_count(const json_t *shards)
{
	struct rdb_placement count = {.shards = at_most(json_array_size(shards))};
	size_t i;
	json_t *shard;

	json_array_foreach(shards, i, shard)
	{
		int replicas = at_most(json_array_size(json_object_get(shard, "replicas")));
		count.replicas = replicas > count.replicas ? replicas : count.replicas;
		if (json_array_size(json_object_get(shard, "nonvoting_replicas")))
			count.nonvoting = true;
	}
	return count;
}

/* ---- equality ---- */

static bool contains(const json_t *names, const json_t *name)
{
	size_t i;
	json_t *one;

	json_array_foreach(names, i, one)
	{
		if (json_equal(one, name))
			return true;
	}
	return false;
}

static bool same_servers(const json_t *shard, const json_t *other, const char *member)
{
	const json_t *names = json_object_get(shard, member);
	const json_t *others = json_object_get(other, member);
	size_t i;
	json_t *name;

	if (json_array_size(names) != json_array_size(others))
		return false;
	json_array_foreach(names, i, name)
	{
		if (!contains(others, name))
			return false;
	}
	return true;
}

static bool same_shard(const json_t *shard, const json_t *other)
{
	return json_equal(json_object_get(shard, "primary_replica"),
		       json_object_get(other, "primary_replica")) &&
	       same_servers(shard, other, "replicas") &&
	       same_servers(shard, other, "nonvoting_replicas");
}

bool rdb_placement_same(const json_t *shards, const json_t *others)
{
	size_t i;
	json_t *shard;

	if (json_array_size(shards) != json_array_size(others))
		return false;
	json_array_foreach(shards, i, shard)
	{
		if (!same_shard(shard, json_array_get(others, i)))
			return false;
	}
	return true;
}

/* ---- servers ---- */

static bool has_server(const json_t *servers, const json_t *name)
{
	const char *text = json_string_value(name);

	return text && rdb_system_find(servers, "name", text);
}

static bool has_servers(const json_t *servers, const json_t *names)
{
	size_t i;
	json_t *name;

	json_array_foreach(names, i, name)
	{
		if (!has_server(servers, name))
			return false;
	}
	return true;
}

bool rdb_placement_possible(const json_t *shards, const json_t *servers)
{
	size_t i;
	json_t *shard;

	json_array_foreach(shards, i, shard)
	{
		if (!has_server(servers, json_object_get(shard, "primary_replica")) ||
			!has_servers(servers, json_object_get(shard, "replicas")) ||
			!has_servers(servers, json_object_get(shard, "nonvoting_replicas")))
			return false;
	}
	return json_array_size(shards) > 0;
}
