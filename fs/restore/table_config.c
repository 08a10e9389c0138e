#include "restore/table_config.h"

#include "cluster/table.h"
#include "reql/term.h"
#include "restore/placement.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define READY_SECONDS 60 /* limit on the wait for the replicas of a moved table */

struct restoring {
	struct rdb_system *system;
	bool keep_placement;
	size_t *differing;
	json_t *have;    /* rows of table_config in the cluster */
	json_t *servers; /* rows of server_config in the cluster */
	json_t *fresh;   /* for a dry run: configuration that a new table would get */
};

struct change {
	char db[RDB_SYSTEM_NAME], table[RDB_SYSTEM_NAME];
	const json_t *from, *now; /* row in the backup, and row in the cluster */
	json_t *members;          /* members of the configuration that must be set */
	int shards, replicas;     /* wanted numbers, limited by the number of servers */
	bool placed;              /* shards and replicas must be set */
	bool exact;               /* the backup's servers exist; "members" then has the shards */
	struct rdb_buf words;
};

/* ---- differences ---- */

static int add_words(struct change *change, const char *fmt, const char *text)
{
	int ret = change->words.len ? rdb_buf_puts(&change->words, ", ") : 0;

	return ret ? ret : rdb_buf_printf(&change->words, "%s%s", fmt, text);
}

static int compare_member(struct change *change, const char *name, const char *words)
{
	json_t *value = json_object_get(change->from, name);
	char *text;
	int ret;

	if (!value || json_equal(value, json_object_get(change->now, name)))
		return 0;
	json_object_set(change->members, name, value);
	text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	ret = text ? add_words(change, words, text) : -ENOMEM;
	free(text);
	return ret;
}

static int placement_words(const struct change *change, const struct rdb_placement *wanted,
	size_t servers, struct rdb_buf *words)
{
	bool fewer = change->replicas < wanted->replicas;
	int ret = rdb_buf_printf(words, "%d shard%s with %d replica%s", change->shards,
		change->shards == 1 ? "" : "s", change->replicas, change->replicas == 1 ? "" : "s");

	if (ret == 0 && fewer)
		ret = rdb_buf_printf(words, " of %d (the cluster has %zu server%s)",
			wanted->replicas, servers, servers == 1 ? "" : "s");
	if (ret == 0 && change->exact)
		ret = rdb_buf_puts(words, " on the servers of the backup");
	if (ret == 0 && !change->exact && wanted->nonvoting)
		ret = rdb_buf_puts(words, ", all voting (in the backup some were not)");
	return ret;
}

static int compare_placement(const struct restoring *r, struct change *change)
{
	const json_t *from = json_object_get(change->from, "shards");
	const json_t *now = json_object_get(change->now, "shards");
	const struct rdb_placement wanted = rdb_placement_count(from);
	const struct rdb_placement present = rdb_placement_count(now);
	size_t servers = json_array_size(r->servers);
	struct rdb_buf words = {0};
	int ret;

	if (rdb_placement_same(from, now))
		return 0;
	change->exact = rdb_placement_possible(from, r->servers);
	change->shards = wanted.shards;
	change->replicas = (size_t)wanted.replicas < servers ? wanted.replicas : (int)servers;
	change->placed = change->exact || change->shards != present.shards ||
			 change->replicas != present.replicas;
	if (!change->placed && change->replicas == wanted.replicas && !wanted.nonvoting)
		return 0;
	if (change->exact)
		json_object_set(change->members, "shards", json_object_get(change->from, "shards"));
	ret = placement_words(change, &wanted, servers, &words);
	if (ret == 0)
		ret = add_words(change, "", rdb_buf_cstr(&words));
	rdb_buf_free(&words);
	return ret;
}

static int compare(const struct restoring *r, struct change *change)
{
	int ret = compare_member(change, "durability", "durability ");

	if (ret == 0)
		ret = compare_member(change, "write_acks", "write acknowledgements ");
	if (ret == 0 && !r->keep_placement)
		ret = compare_placement(r, change);
	return ret;
}

/* ---- changing ---- */

static int configure(struct restoring *r, const struct change *change, struct rdb_err *err)
{
	char *text = json_dumps(change->members, JSON_COMPACT);
	int ret =
		text ? rdb_table_configure(r->system->client, change->db, change->table, text, err)
		     : rdb_err_sys(err, ENOMEM, "configuration");

	free(text);
	return ret;
}

/* Applies *change to the table's configuration in the cluster. Sets shards and replicas first,
 * because the write acknowledgements may need more replicas. */
static int apply(struct restoring *r, const struct change *change, struct rdb_err *err)
{
	int ret = 0;

	if (change->placed && !change->exact)
		ret = RDB_CLIENT_RUN(r->system->client, NULL, err, rdb_query_reconfigure,
			change->db, change->table, change->shards, change->replicas);
	if (ret == 0 && json_object_size(change->members))
		ret = configure(r, change, err);
	if (ret == 0 && change->placed)
		ret = RDB_CLIENT_RUN(r->system->client, NULL, err, rdb_query_table_wait, change->db,
			change->table, READY_SECONDS);
	return ret;
}

static const char *verb(const struct restoring *r, const struct change *change)
{
	if (!change->placed && !json_object_size(change->members))
		return "stays at";
	return r->system->dry_run ? "would get" : "has now";
}

static int note(struct restoring *r, struct change *change, int ret, const struct rdb_err *err)
{
	if (ret == -ECANCELED || ret == -ENOMEM)
		return ret;
	++*r->differing;
	if (ret == 0)
		rdb_system_say(r->system, "%s.%s: %s %s", change->db, change->table,
			verb(r, change), rdb_buf_cstr(&change->words));
	else
		rdb_system_warn(r->system, "%s.%s: its configuration could not be restored: %s",
			change->db, change->table, err->text);
	return 0;
}

/* ---- all tables ---- */

static const json_t *find_table(const json_t *rows, const char *db, const char *table)
{
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row)
	{
		if (strcmp(rdb_system_text(row, "db"), db) == 0 &&
			strcmp(rdb_system_text(row, "name"), table) == 0)
			return row;
	}
	return NULL;
}

static int restore_row(struct restoring *r, const json_t *row, struct rdb_err *err)
{
	struct change change = {.from = row, .members = json_object()};
	int ret = 0;

	if (!rdb_system_target(r->system, rdb_system_text(row, "db"), rdb_system_text(row, "name"),
		    change.db, change.table))
		goto out;
	change.now = find_table(r->have, change.db, change.table);
	if (!change.now && !r->system->dry_run) {
		rdb_err_set(err, ENOENT, "there is no such table");
		ret = note(r, &change, -ENOENT, err);
		goto out;
	}
	if (!change.now)
		change.now = r->fresh;
	ret = compare(r, &change);
	if (ret != 0)
		rdb_err_sys(err, -ret, "configuration");
	else if (change.words.len)
		ret = note(r, &change, r->system->dry_run ? 0 : apply(r, &change, err), err);
out:
	json_decref(change.members);
	rdb_buf_free(&change.words);
	return ret;
}

int rdb_table_config_prepare(struct rdb_system *system, struct rdb_err *err)
{
	json_t *rows = NULL;
	int ret = rdb_system_ask(system, "table_config", &rows, err);

	json_decref(rows);
	rows = NULL;
	if (ret == 0)
		ret = rdb_system_ask(system, "server_config", &rows, err);
	json_decref(rows);
	if (ret != 0)
		rdb_err_prefix(err, "table configuration: ");
	return ret;
}

int rdb_table_config_restore(
	struct rdb_system *system, bool keep_placement, size_t *differing, struct rdb_err *err)
{
	struct restoring r = {
		.system = system, .keep_placement = keep_placement, .differing = differing};
	int ret = rdb_system_ask(system, "table_config", &r.have, err);
	size_t i;
	json_t *row;

	*differing = 0;
	if (ret == 0)
		ret = rdb_system_ask(system, "server_config", &r.servers, err);
	r.fresh = json_pack("{s:s, s:s, s:[{s:[s]}]}", "durability", "hard", "write_acks",
		"majority", "shards", "replicas", "");
	json_array_foreach(rdb_system_rows(system, "table_config"), i, row)
	{
		if (ret != 0)
			break;
		rdb_err_clear(err);
		ret = restore_row(&r, row, err);
	}
	json_decref(r.have);
	json_decref(r.servers);
	json_decref(r.fresh);
	if (ret == 0)
		rdb_err_clear(err);
	return ret;
}
