#include "reql/term.h"

#include "json/document.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

static int keep_or_undo(struct rdb_buf *out, size_t before, int ret)
{
	if (ret != 0)
		out->len = before;
	return ret;
}

static int put_string(struct rdb_buf *out, const char *text)
{
	return rdb_json_text_encode(text, strlen(text), out);
}

bool rdb_term_is_name(const char *name)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

	return *name && name[strspn(name, allowed)] == '\0';
}

/* ---- patterns ---- */

static int put_db(struct rdb_buf *out, const char *db)
{
	int ret = rdb_buf_puts(out, "[14,[");

	if (ret == 0)
		ret = put_string(out, db);
	if (ret == 0)
		ret = rdb_buf_puts(out, "]]");
	return ret;
}

static int put_table(struct rdb_buf *out, const char *db, const char *table)
{
	int ret = rdb_buf_puts(out, "[15,[");

	if (ret == 0)
		ret = put_db(out, db);
	if (ret == 0)
		ret = rdb_buf_putc(out, ',');
	if (ret == 0)
		ret = put_string(out, table);
	if (ret == 0)
		ret = rdb_buf_puts(out, "]]");
	return ret;
}

/* A va_list that functions share through a pointer. If a function passes a plain va_list on, and
 * the called function reads an argument, the first function must not read further arguments. */
struct arguments {
	va_list list;
};

static int put_datum(struct rdb_buf *out, const char *text)
{
	const struct rdb_json_want want = {0};
	int ret = rdb_json_document(text, strlen(text), &want, NULL, NULL);

	return ret ? ret : rdb_buf_printf(out, "[1,%s]", text);
}

static int put_argument(struct rdb_buf *out, char kind, struct arguments *args)
{
	const char *text;

	if (kind == 'i')
		return rdb_buf_printf(out, "%d", va_arg(args->list, int));
	text = va_arg(args->list, const char *);
	switch (kind) {
	case 's':
		return put_string(out, text);
	case 'd':
		return put_db(out, text);
	case 't':
		return put_table(out, text, va_arg(args->list, const char *));
	default:
		return put_datum(out, text);
	}
}

static int format(struct rdb_buf *out, const char *pattern, struct arguments *args)
{
	const char *percent;
	int ret = 0;

	while (ret == 0 && (percent = strchr(pattern, '%'))) {
		ret = rdb_buf_add(out, pattern, (size_t)(percent - pattern));
		if (ret == 0)
			ret = put_argument(out, percent[1], args);
		pattern = percent + 2;
	}
	return ret == 0 ? rdb_buf_puts(out, pattern) : ret;
}

int rdb_term_format(struct rdb_buf *out, const char *pattern, ...)
{
	size_t before = out->len;
	struct arguments args;
	int ret;

	va_start(args.list, pattern);
	ret = format(out, pattern, &args);
	va_end(args.list);
	return keep_or_undo(out, before, ret);
}

/* ---- queries ---- */

int rdb_query_db_list(struct rdb_buf *out)
{
	return rdb_term_format(out, "[1,[59,[]]]");
}

int rdb_query_db_create(struct rdb_buf *out, const char *db)
{
	return rdb_term_format(out, "[1,[57,[%s]]]", db);
}

int rdb_query_system_table(struct rdb_buf *out, const char *table)
{
	return rdb_term_format(out, "[1,%t]", "rethinkdb", table);
}

int rdb_query_db_info(struct rdb_buf *out, const char *db)
{
	return rdb_term_format(out, "[1,[79,[%d]]]", db);
}

int rdb_query_table_list(struct rdb_buf *out, const char *db)
{
	return rdb_term_format(out, "[1,[62,[%d]]]", db);
}

int rdb_query_table_info(struct rdb_buf *out, const char *db, const char *table)
{
	return rdb_term_format(out, "[1,[79,[%t]]]", db, table);
}

int rdb_query_index_status(struct rdb_buf *out, const char *db, const char *table)
{
	return rdb_term_format(out, "[1,[139,[%t]]]", db, table);
}

int rdb_query_write_hook(struct rdb_buf *out, const char *db, const char *table)
{
	return rdb_term_format(out, "[1,[190,[%t]]]", db, table);
}

int rdb_query_count(struct rdb_buf *out, const char *db, const char *table)
{
	return rdb_term_format(out, "[1,[43,[%t]]]", db, table);
}

int rdb_query_count_without(
	struct rdb_buf *out, const char *db, const char *table, const char *member)
{
	return rdb_term_format(out, "[1,[43,[[39,[%t,[69,[[2,[1]],[23,[[32,[[10,[1]],%s]]]]]]]]]]]",
		db, table, member);
}

int rdb_query_table_create(struct rdb_buf *out, const char *db, const char *table,
	const char *primary_key, int shards, int replicas)
{
	size_t before = out->len;
	int ret =
		rdb_term_format(out, "[1,[60,[%d,%s],{\"primary_key\":%s", db, table, primary_key);

	if (ret == 0 && shards)
		ret = rdb_term_format(out, ",\"shards\":%i", shards);
	if (ret == 0 && replicas)
		ret = rdb_term_format(out, ",\"replicas\":%i", replicas);
	if (ret == 0)
		ret = rdb_buf_puts(out, "}]]");
	return keep_or_undo(out, before, ret);
}

int rdb_query_table_drop(struct rdb_buf *out, const char *db, const char *table)
{
	return rdb_term_format(out, "[1,[61,[%d,%s]]]", db, table);
}

int rdb_query_table_rename(
	struct rdb_buf *out, const char *db, const char *table, const char *new_name)
{
	return rdb_term_format(out, "[1,[53,[[174,[%t]],{\"name\":%s}]]]", db, table, new_name);
}

int rdb_query_configure(struct rdb_buf *out, const char *db, const char *table, const char *changes)
{
	return rdb_term_format(out, "[1,[53,[[174,[%t]],%j]]]", db, table, changes);
}

int rdb_query_grant(
	struct rdb_buf *out, const char *db, const char *table, const char *user, const char *flags)
{
	return rdb_term_format(out, "[1,[188,[%t,%s,%j]]]", db, table, user, flags);
}

int rdb_query_grant_db(struct rdb_buf *out, const char *db, const char *user, const char *flags)
{
	return rdb_term_format(out, "[1,[188,[%d,%s,%j]]]", db, user, flags);
}

int rdb_query_grant_all(struct rdb_buf *out, const char *user, const char *flags)
{
	return rdb_term_format(out, "[1,[188,[%s,%j]]]", user, flags);
}

int rdb_query_reconfigure(
	struct rdb_buf *out, const char *db, const char *table, int shards, int replicas)
{
	return rdb_term_format(
		out, "[1,[176,[%t],{\"shards\":%i,\"replicas\":%i}]]", db, table, shards, replicas);
}

/* Appends the query table.orderBy("id"), which returns the table's rows as an array. The query
 * table.coerceTo("array") is not used, because the error of coerceTo() hides that the user may not
 * read the table. */
int rdb_query_system_array(struct rdb_buf *out, const char *table)
{
	return rdb_term_format(out, "[1,[41,[%t,\"id\"]]]", "rethinkdb", table);
}

/* Appends the query server_status.map(server => stats.get(["server",
 * server.id]).query_engine.default({})). */
int rdb_query_load(struct rdb_buf *out)
{
	return rdb_term_format(out,
		"[1,[38,[%t,[69,[[2,[1]],[92,[[170,[[16,[%t,[2,[\"server\",[170,[[10,[1]],\"id\"]]]"
		"]]],"
		"\"query_engine\"]],{}]]]]]]]",
		"rethinkdb", "server_status", "rethinkdb", "stats");
}

int rdb_query_system_insert(struct rdb_buf *out, const char *table, const char *document)
{
	return rdb_term_format(out, "[1,[56,[%t,%j]]]", "rethinkdb", table, document);
}

int rdb_query_system_update(
	struct rdb_buf *out, const char *table, const char *id, const char *changes)
{
	return rdb_term_format(out, "[1,[53,[[16,[%t,%s]],%j]]]", "rethinkdb", table, id, changes);
}

int rdb_query_table_wait(
	struct rdb_buf *out, const char *db, const char *table, int timeout_seconds)
{
	return rdb_term_format(out,
		"[1,[177,[%t],{\"timeout\":%i,\"wait_for\":\"all_replicas_ready\"}]]", db, table,
		timeout_seconds);
}

int rdb_query_sync(struct rdb_buf *out, const char *db, const char *table)
{
	return rdb_term_format(out, "[1,[138,[%t]]]", db, table);
}

int rdb_query_index_create(struct rdb_buf *out, const char *db, const char *table, const char *name,
	const char *function)
{
	return rdb_term_format(out, "[1,[75,[%t,%s,%j]]]", db, table, name, function);
}

int rdb_query_index_rename(struct rdb_buf *out, const char *db, const char *table, const char *name,
	const char *new_name)
{
	return rdb_term_format(
		out, "[1,[156,[%t,%s,%s],{\"overwrite\":true}]]", db, table, name, new_name);
}

int rdb_query_index_drop(struct rdb_buf *out, const char *db, const char *table, const char *name)
{
	return rdb_term_format(out, "[1,[76,[%t,%s]]]", db, table, name);
}

int rdb_query_set_write_hook(
	struct rdb_buf *out, const char *db, const char *table, const char *function)
{
	return rdb_term_format(out, "[1,[189,[%t,%j]]]", db, table, function ? function : "null");
}

/* ---- of more than one step ---- */

/* Appends the query r.db(D).table(T).config(). */
int rdb_query_table_config(struct rdb_buf *out, const char *db, const char *table)
{
	return rdb_term_format(out, "[1,[174,[%t]]]", db, table);
}

/* Appends the query r.branch(r.db(D).table(T).info()("id").eq(ID), r.db(D).tableDrop(T), null). */
int rdb_query_table_drop_if_id(
	struct rdb_buf *out, const char *db, const char *table, const char *id)
{
	return rdb_term_format(out,
		"[1,[65,[[17,[[31,[[79,[%t]],\"id\"]],%s]],[61,[%d,%s]],null]]]", db, table, id, db,
		table);
}

/* Appends the query r.db("rethinkdb").table("table_config").filter({db: "__deleted_database__",
 * MEMBER: VALUE}).delete(). The server uses the name "__deleted_database__" for a table whose
 * database was dropped. */
int rdb_query_table_drop_lost(struct rdb_buf *out, const char *member, const char *value)
{
	return rdb_term_format(out, "[1,[54,[[39,[%t,{\"db\":\"__deleted_database__\",%s:%s}]]]]]",
		"rethinkdb", "table_config", member, value);
}

/* Appends the query r.branch(r.db(D).table(T).isEmpty(), r.db(D).tableDrop(T), null). */
int rdb_query_table_drop_if_empty(struct rdb_buf *out, const char *db, const char *table)
{
	return rdb_term_format(out, "[1,[65,[[86,[%t]],[61,[%d,%s]],null]]]", db, table, db, table);
}

/* Appends the query r.branch(r.db(D).tableList().isEmpty(), r.dbDrop(D), null). */
int rdb_query_db_drop_if_empty(struct rdb_buf *out, const char *db)
{
	return rdb_term_format(out, "[1,[65,[[86,[[62,[%d]]]],[58,[%s]],null]]]", db, db);
}

/* Appends the query [r.db(D).table(T).config().update({name: OLD}),
 * r.db(D).table(NEW).config().update({name: T})]. */
int rdb_query_table_swap(struct rdb_buf *out, const char *db, const char *table,
	const char *old_name, const char *new_table)
{
	return rdb_term_format(out,
		"[1,[2,[[53,[[174,[%t]],{\"name\":%s}]],[53,[[174,[%t]],{\"name\":%s}]]]]]", db,
		table, old_name, db, new_table, table);
}

/* Appends the query [r.db(D).table(T).info()("primary_key"), r.db(D).table(T).indexList(),
 * r.db(D).table(T).isEmpty()]. */
int rdb_query_table_outline(struct rdb_buf *out, const char *db, const char *table)
{
	return rdb_term_format(out,
		"[1,[2,[[31,[[79,[%t]],\"primary_key\"]],[77,[%t]],[86,[%t]]]]]", db, table, db,
		table, db, table);
}

/* Appends the query r.db("rethinkdb").table("permissions").filter(row =>
 * row("id").nth(2).default(null).eq(ID)).coerceTo("array"). The field id of a row is [user,
 * database, table]. */
int rdb_query_permissions_of(struct rdb_buf *out, const char *id)
{
	return rdb_term_format(out,
		"[1,[51,[[39,[%t,[69,[[2,[1]],[17,[[92,[[45,[[170,[[10,[1]],\"id\"]],2]],null]],%s]"
		"]"
		"]]]],\"array\"]]]",
		"rethinkdb", "permissions", id);
}

/* ---- reading a table ---- */

/* Appends a key, given as JSON text, to a query. Writes an array as a MAKE_ARRAY term, because the
 * server would execute a plain array as a term. */
static int put_key(struct rdb_buf *out, const char *text, size_t len)
{
	struct rdb_json_want want = {.wrap = out};

	return rdb_json_document(text, len, &want, NULL, NULL);
}

static int put_read_table(struct rdb_buf *out, const struct rdb_query_read *read)
{
	static const char *const mode[] = {"single", "majority", "outdated"};

	if (read->mode == RDB_READ_SINGLE)
		return put_table(out, read->db, read->table);
	return rdb_term_format(
		out, "[15,[%d,%s],{\"read_mode\":%s}]", read->db, read->table, mode[read->mode]);
}

static int put_source(struct rdb_buf *out, const struct rdb_query_read *read)
{
	int ret;

	if (!read->after)
		return put_read_table(out, read);
	ret = rdb_buf_puts(out, "[182,[");
	if (ret == 0)
		ret = put_read_table(out, read);
	if (ret == 0)
		ret = rdb_buf_putc(out, ',');
	if (ret == 0)
		ret = put_key(out, read->after, read->after_len);
	if (ret == 0)
		ret = rdb_buf_puts(out, ",[181,[]]],{\"left_bound\":\"open\"}]");
	return ret;
}

static int put_batching(struct rdb_buf *out, uint32_t bytes)
{
	if (!bytes)
		return rdb_buf_putc(out, ']');
	/* Ask for a first batch of full size, because by default the server makes the first batch
	 * smaller than later batches. */
	return rdb_buf_printf(out,
		",{\"max_batch_bytes\":%u,\"max_batch_rows\":100000,\"max_batch_seconds\":5,"
		"\"first_batch_scaledown_factor\":1}]",
		(unsigned)bytes);
}

static int put_ordered(struct rdb_buf *out, const struct rdb_query_read *read)
{
	int ret = rdb_buf_puts(out, "[41,[");

	if (ret == 0)
		ret = put_source(out, read);
	return ret ? ret : rdb_term_format(out, "],{\"index\":%s}]", read->primary_key);
}

int rdb_query_read(struct rdb_buf *out, const struct rdb_query_read *read)
{
	size_t before = out->len;
	int ret = rdb_buf_puts(out, "[1,");

	if (ret == 0)
		ret = read->primary_key ? put_ordered(out, read) : put_source(out, read);
	if (ret == 0)
		ret = put_batching(out, read->batch_bytes);
	return keep_or_undo(out, before, ret);
}

/* ---- inserting ---- */

int rdb_query_insert_begin(struct rdb_buf *out, const char *db, const char *table)
{
	return rdb_term_format(out, "[1,[56,[%t,", db, table);
}

/* ReQL function for an insert of an existing key: (key, old, new) => old == new ? old : error */
#define SAME                                                                                       \
	"[69,[[2,[1,2,3]],[65,[[17,[[10,[2]],[10,[3]]]],[10,[2]],"                                 \
	"[12,[\"Duplicate primary key\"]]]]]]"

int rdb_query_insert_end(struct rdb_buf *out, const struct rdb_query_insert *insert)
{
	static const char *const conflict[] = {"\"error\"", "\"replace\"", SAME};

	return rdb_buf_printf(out, "],{\"durability\":\"%s\",\"conflict\":%s%s}]]",
		insert->hard ? "hard" : "soft", conflict[insert->conflict],
		insert->ignore_write_hook ? ",\"ignore_write_hook\":true" : "");
}

int rdb_query_table_copy(struct rdb_buf *out, const char *db, const char *from, const char *to)
{
	const struct rdb_query_insert how = {.conflict = RDB_CONFLICT_SAME};
	const size_t before = out->len;
	int ret = rdb_query_insert_begin(out, db, to);

	if (ret == 0)
		ret = rdb_term_format(out, "%t", db, from);
	if (ret == 0)
		ret = rdb_query_insert_end(out, &how);
	return keep_or_undo(out, before, ret);
}
