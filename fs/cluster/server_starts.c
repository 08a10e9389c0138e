#include "cluster/server_starts.h"

#include "base/fnv.h"
#include "reql/term.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static uint64_t hash_text(uint64_t hash, const char *text)
{
	return text ? rdb_fnv(hash, text, strlen(text)) : hash;
}

static uint64_t hash_server(const json_t *server)
{
	const char *id = json_string_value(json_object_get(server, "id"));
	const json_t *start = json_object_get(json_object_get(server, "process"), "time_started");
	char *text = start ? json_dumps(start, JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;
	uint64_t hash = hash_text(hash_text(RDB_FNV, id), text);

	free(text);
	return hash;
}

/* Adds the number of servers in the response to out->count, and a hash of each server to out->hash.
 * A sum of hashes does not depend on the order of the servers. */
static int parse(
	const struct rdb_response *response, struct rdb_server_starts *out, struct rdb_err *err)
{
	struct rdb_json_span text;
	json_t *servers, *server;
	size_t i;
	int ret = rdb_response_atom(response, &text, err);

	if (ret != 0)
		return ret;
	servers = json_loadb(text.data, text.len, JSON_ALLOW_NUL, NULL);
	json_array_foreach(servers, i, server)
	{
		out->hash += hash_server(server);
		out->count++;
	}
	json_decref(servers);
	return 0;
}

int rdb_server_starts_read(
	struct rdb_conn *conn, struct rdb_server_starts *out, struct rdb_err *err)
{
	struct rdb_response response = {0};
	struct rdb_buf query = {0};
	int ret;

	*out = (struct rdb_server_starts){0};
	if (rdb_query_system_array(&query, "server_status") != 0)
		return rdb_err_sys(err, ENOMEM, "the cluster's servers");
	ret = rdb_conn_query(conn, query.data, query.len, &response, err);
	if (ret == 0)
		ret = parse(&response, out, err);
	rdb_response_free(&response);
	rdb_buf_free(&query);
	if (ret == 0 || rdb_conn_breaks(ret) || rdb_retry_of(ret) != RDB_RETRY_NEVER)
		return ret;
	rdb_err_clear(err);
	return 0;
}

bool rdb_server_starts_matter(const struct rdb_server_starts *starts)
{
	return starts->count > 1;
}

bool rdb_server_starts_differ(const struct rdb_server_starts *a, const struct rdb_server_starts *b)
{
	return a->count != b->count || a->hash != b->hash;
}
