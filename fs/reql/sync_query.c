#include "reql/sync_query.h"

#include "reql/term.h"
#include "reql/write_result.h"
#include "json/binary.h"
#include "json/key.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#define CHANGED "rdbfs: changed meanwhile" /* error of a write whose condition is false */
#define MARK "\"rdbfs_restore_\":1" /* member that rdb_sync_query_rewrite() adds for a moment */

/* Appends the beginning of the query r.expr([TERM, …]). */
int rdb_sync_query_begin(struct rdb_buf *out)
{
	return rdb_buf_puts(out, "[1," RDB_TERM_ARRAY_BEGIN);
}

int rdb_sync_query_end(struct rdb_buf *out)
{
	return rdb_buf_puts(out, RDB_TERM_ARRAY_END "]");
}

/* ---- documents ---- */

static int put_text(struct rdb_buf *out, struct rdb_json_span text, struct rdb_sync_place *place)
{
	size_t at = out->len;
	int ret = text.len > RDB_QUERY_DOCUMENT_MAX ? rdb_json_binary_copy(text.data, text.len, out)
						    : rdb_buf_add(out, text.data, text.len);

	if (ret == 0 && place)
		*place = (struct rdb_sync_place){at, out->len - at};
	return ret;
}

/* Appends the document as a DATUM term. Without DATUM, the server would take each array in the
 * document for a term. */
int rdb_sync_query_document(
	struct rdb_buf *out, struct rdb_json_span document, struct rdb_sync_place *place)
{
	int ret = rdb_buf_puts(out, RDB_TERM_DATUM_BEGIN);

	if (ret == 0)
		ret = put_text(out, document, place);
	return ret ? ret : rdb_buf_puts(out, RDB_TERM_DATUM_END);
}

/* Appends the document as a DATUM term, with MARK as the document's first member.
 * rdb_sync_query_rewrite() says why MARK is added. */
static int put_marked(struct rdb_buf *out, struct rdb_json_span document)
{
	const char *open = memchr(document.data, '{', document.len);
	size_t before = (size_t)(open + 1 - document.data);
	int ret = rdb_buf_puts(out, RDB_TERM_DATUM_BEGIN "{" MARK ",");

	if (ret == 0)
		ret = put_text(out, (struct rdb_json_span){open + 1, document.len - before}, NULL);
	return ret ? ret : rdb_buf_puts(out, RDB_TERM_DATUM_END);
}

static int put_value(
	struct rdb_buf *out, struct rdb_json_span value, bool marked, struct rdb_sync_place *place)
{
	if (!value.data)
		return rdb_buf_puts(out, "null");
	return marked ? put_marked(out, value) : rdb_sync_query_document(out, value, place);
}

/* ---- terms ---- */

/* Appends the term r.table(TABLE).get(KEY). An array in the key becomes [2,[…]], because the server
 * would take a plain array for a term. */
int rdb_sync_query_get(
	struct rdb_buf *out, const struct rdb_sync_target *target, struct rdb_json_span key)
{
	int ret = rdb_term_format(out, "[16,[%t,", target->db, target->table);

	if (ret == 0)
		ret = rdb_json_term(key, out);
	return ret ? ret : rdb_buf_puts(out, "]]");
}

/* A write that replaces change->old by change->new. The flags say which of these two documents has
 * the member MARK (see rdb_sync_query_rewrite()). */
struct replace {
	const struct rdb_sync_change *change;
	bool old_marked, new_marked;
};

/* Appends the term r.branch(document.eq(OLD), NEW, r.error(…)). For a deletion, appends
 * r.branch(document.eq(OLD), null, document.eq(null), null, r.error(…)), so that deleting a missing
 * document succeeds. */
static int put_condition(
	struct rdb_buf *out, const struct replace *replace, struct rdb_sync_places *places)
{
	const struct rdb_sync_change *change = replace->change;
	int ret = rdb_buf_puts(out, "[65,[[17,[[10,[1]],");

	if (ret == 0)
		ret = put_value(out, change->old, replace->old_marked, &places->old);
	if (ret == 0)
		ret = rdb_buf_puts(out, "]],");
	if (ret == 0)
		ret = put_value(out, change->new, replace->new_marked, &places->new);
	if (ret == 0 && !change->new.data)
		ret = rdb_buf_puts(out, ",[17,[[10,[1]],null]],null");
	return ret ? ret : rdb_buf_puts(out, ",[12,[\"" CHANGED "\"]]]]");
}

static int put_options(struct rdb_buf *out, const struct rdb_sync_target *target)
{
	return rdb_buf_printf(out, "],{\"durability\":\"%s\"%s}]", target->hard ? "hard" : "soft",
		target->ignore_write_hook ? ",\"ignore_write_hook\":true" : "");
}

/* Appends the term r.table(TABLE).get(KEY).replace(document => BRANCH, OPTIONS). BRANCH is the term
 * of put_condition(). */
static int put_replace(struct rdb_buf *out, const struct rdb_sync_target *target,
	const struct replace *replace, struct rdb_sync_places *places)
{
	int ret = rdb_buf_puts(out, "[55,[");

	if (ret == 0)
		ret = rdb_sync_query_get(out, target, replace->change->key);
	if (ret == 0)
		ret = rdb_buf_puts(out, ",[69,[[2,[1]],");
	if (ret == 0)
		ret = put_condition(out, replace, places);
	if (ret == 0)
		ret = rdb_buf_puts(out, "]]");
	return ret ? ret : put_options(out, target);
}

int rdb_sync_query_change(struct rdb_buf *out, const struct rdb_sync_target *target,
	const struct rdb_sync_change *change, struct rdb_sync_places *places)
{
	struct rdb_sync_places own;

	places = places ? places : &own;
	*places = (struct rdb_sync_places){.old = {0, 0}};
	return put_replace(out, target, &(struct replace){.change = change}, places);
}

int rdb_sync_query_rewrite(struct rdb_buf *out, const struct rdb_sync_target *target,
	const struct rdb_sync_change *change)
{
	const struct rdb_sync_change unmark = {
		.key = change->key, .old = change->new, .new = change->new};
	struct rdb_sync_places unused;
	int ret = put_replace(
		out, target, &(struct replace){.change = change, .new_marked = true}, &unused);

	if (ret == 0)
		ret = rdb_buf_putc(out, ',');
	return ret ? ret
		   : put_replace(out, target,
			     &(struct replace){.change = &unmark, .old_marked = true}, &unused);
}

/* Appends the term r.table(TABLE).get(KEY).replace(DOCUMENT, OPTIONS). */
int rdb_sync_query_replace(struct rdb_buf *out, const struct rdb_sync_target *target,
	struct rdb_json_span key, struct rdb_json_span document)
{
	int ret = rdb_buf_puts(out, "[55,[");

	if (ret == 0)
		ret = rdb_sync_query_get(out, target, key);
	if (ret == 0)
		ret = rdb_buf_putc(out, ',');
	if (ret == 0)
		ret = rdb_sync_query_document(out, document, NULL);
	return ret ? ret : put_options(out, target);
}

/* Appends the term r.table(TABLE).get(KEY).ne(null). */
int rdb_sync_query_exists(
	struct rdb_buf *out, const struct rdb_sync_target *target, struct rdb_json_span key)
{
	int ret = rdb_buf_puts(out, "[18,[");

	if (ret == 0)
		ret = rdb_sync_query_get(out, target, key);
	return ret ? ret : rdb_buf_puts(out, ",null]]");
}

/* Appends the term r.table(TABLE).sync(). */
int rdb_sync_query_flush(struct rdb_buf *out, const struct rdb_sync_target *target)
{
	return rdb_term_format(out, "[138,[%t]]", target->db, target->table);
}

/* Appends the query r.table(TABLE).get(KEY). */
int rdb_sync_query_read(
	struct rdb_buf *out, const struct rdb_sync_target *target, struct rdb_json_span key)
{
	int ret = rdb_buf_puts(out, "[1,");

	if (ret == 0)
		ret = rdb_sync_query_get(out, target, key);
	return ret ? ret : rdb_buf_putc(out, ']');
}

/* ---- results ---- */

static enum rdb_sync_outcome outcome_of_failure(const json_t *result, struct rdb_err *why)
{
	const char *reason = rdb_write_result_reason(result);

	if (reason && strcmp(reason, CHANGED) == 0)
		return RDB_SYNC_CHANGED;
	return rdb_write_result_check(result, why) == -EAGAIN ? RDB_SYNC_LATER : RDB_SYNC_REFUSED;
}

enum rdb_sync_outcome rdb_sync_result(const json_t *result, struct rdb_err *why)
{
	if (rdb_write_result_count(result, "errors"))
		return outcome_of_failure(result, why);
	if (rdb_write_result_count(result, "replaced") ||
		rdb_write_result_count(result, "inserted") ||
		rdb_write_result_count(result, "deleted"))
		return RDB_SYNC_WRITTEN;
	return RDB_SYNC_UNCHANGED;
}

int rdb_sync_check_later(const json_t *results, struct rdb_err *err)
{
	struct rdb_err why = {0};
	const json_t *result;
	size_t i;

	json_array_foreach((json_t *)results, i, result)
	{
		if (rdb_sync_result(result, &why) == RDB_SYNC_LATER)
			return rdb_err_set(err, why.code, "%s", why.text);
	}
	return 0;
}
