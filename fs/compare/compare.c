#include "compare/compare.h"

#include "compare/document_key.h"
#include "json/same.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

struct side {
	struct rdb_document_source *source;
	struct rdb_json_piece document;
	struct rdb_document_key key; /* valid if "keyed" is set */
	struct rdb_primary_key last; /* key of the previous document; length 0 for none */
	bool ended;
	bool keyed;
	bool repeated; /* the document has the same key as the previous document */
};

struct comparison {
	struct side from, to;
	const char *key;
	struct rdb_difference_counts *counts;
	rdb_difference_report report;
	void *arg;
};

static int advance(struct side *side, struct rdb_err *err)
{
	int ret = rdb_document_source_next(side->source, &side->document, err);

	if (ret < 0)
		return ret;
	side->ended = ret == 0;
	side->keyed = false;
	return 0;
}

static int out_of_order(const struct side *side, struct rdb_err *err)
{
	return rdb_err_set(
		err, EDOM, "document %" PRIu64 " is out of key order", side->document.number);
}

static int find_key(const struct comparison *c, struct side *side, struct rdb_err *err)
{
	int ret, order = 1;

	if (side->ended || side->keyed)
		return 0;
	ret = rdb_document_key(&side->document, c->key, &side->key, err);
	if (ret != 0)
		return ret;
	rdb_document_source_keyed(side->source, &side->key.bytes);
	if (side->last.len > 0)
		order = rdb_primary_key_compare(&side->key.bytes, &side->last);
	if (order < 0)
		return out_of_order(side, err);
	side->repeated = order == 0;
	side->last = side->key.bytes;
	side->keyed = true;
	return 0;
}

static struct rdb_json_span text_of(const struct side *side)
{
	return (struct rdb_json_span){side->document.data, side->document.len};
}

static bool equal_bytes(const struct comparison *c)
{
	const struct rdb_json_piece *a = &c->from.document, *b = &c->to.document;

	return !c->from.ended && !c->to.ended && a->len == b->len &&
	       memcmp(a->data, b->data, a->len) == 0;
}

static int report_one(struct comparison *c, enum rdb_difference_type type, struct rdb_err *err)
{
	struct rdb_difference difference = {.type = type};

	if (!c->report)
		return 0;
	difference.key = type == RDB_ADDED ? c->to.key.json : c->from.key.json;
	difference.repeated = type == RDB_ADDED     ? c->to.repeated
			      : type == RDB_REMOVED ? c->from.repeated
						    : false;
	if (type != RDB_ADDED)
		difference.from = text_of(&c->from);
	if (type != RDB_REMOVED)
		difference.to = text_of(&c->to);
	return c->report(c->arg, &difference, err);
}

/* Counts the current documents of the two sides as equal, and reads the next documents. Computes
 * only one key, because documents with the same bytes have the same key. */
static int skip_equal(struct comparison *c, struct rdb_err *err)
{
	int ret = find_key(c, &c->from, err);

	if (ret == 0 && !c->to.keyed)
		rdb_document_source_keyed(c->to.source, &c->from.key.bytes);
	if (ret == 0 && !c->to.keyed && c->to.last.len > 0 &&
		rdb_primary_key_compare(&c->from.key.bytes, &c->to.last) < 0)
		ret = out_of_order(&c->to, err);
	if (ret != 0)
		return ret;
	c->to.last = c->from.last;
	c->counts->same++;
	ret = advance(&c->from, err);
	return ret ? ret : advance(&c->to, err);
}

static int same_key(struct comparison *c, struct rdb_err *err)
{
	int ret = 0;

	if (rdb_json_same(text_of(&c->from), text_of(&c->to))) {
		c->counts->same++;
	} else {
		c->counts->changed++;
		ret = report_one(c, RDB_CHANGED, err);
	}
	if (ret == 0)
		ret = advance(&c->from, err);
	return ret ? ret : advance(&c->to, err);
}

static int one_side(struct comparison *c, enum rdb_difference_type type, struct rdb_err *err)
{
	int ret = report_one(c, type, err);

	if (ret != 0)
		return ret;
	if (type == RDB_REMOVED) {
		c->counts->removed++;
		return advance(&c->from, err);
	}
	c->counts->added++;
	return advance(&c->to, err);
}

static int step(struct comparison *c, struct rdb_err *err)
{
	int ret, order;

	if (equal_bytes(c))
		return skip_equal(c, err);
	ret = find_key(c, &c->from, err);
	if (ret == 0)
		ret = find_key(c, &c->to, err);
	if (ret != 0)
		return ret;
	if (c->from.ended || c->to.ended)
		return one_side(c, c->from.ended ? RDB_ADDED : RDB_REMOVED, err);
	order = rdb_primary_key_compare(&c->from.key.bytes, &c->to.key.bytes);
	if (order == 0)
		return same_key(c, err);
	return one_side(c, order < 0 ? RDB_REMOVED : RDB_ADDED, err);
}

int rdb_compare(struct rdb_document_source *from, struct rdb_document_source *to, const char *key,
	struct rdb_difference_counts *counts, rdb_difference_report report, void *arg,
	struct rdb_err *err)
{
	struct comparison c = {.from.source = from,
		.to.source = to,
		.key = key,
		.counts = counts,
		.report = report,
		.arg = arg};
	int ret;

	*counts = (struct rdb_difference_counts){0};
	ret = advance(&c.from, err);
	if (ret == 0)
		ret = advance(&c.to, err);
	while (ret == 0 && !(c.from.ended && c.to.ended))
		ret = step(&c, err);
	return ret;
}
