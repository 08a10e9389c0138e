#include "index/damage.h"

#include "base/buf.h"
#include "format/member_name.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define NAMED 3 /* largest number of tables, and of byte ranges, that the text names */

static bool touches(struct rdb_index *index, const struct rdb_member *member, uint64_t offset)
{
	return member->size > 0 && rdb_index_is_damaged(index, offset, offset + member->size);
}

void rdb_damage_mark(struct rdb_index *index, struct rdb_catalog *catalog)
{
	struct rdb_member member;
	uint64_t offset;

	for (uint32_t i = 0; rdb_catalog_get(catalog, i, &member, &offset) == 0; i++)
		if (touches(index, &member, offset))
			rdb_catalog_set_damaged(catalog, i);
}

/* ---- text ---- */

static void add_table(struct rdb_buf *out, const struct rdb_member *member)
{
	rdb_buf_printf(out, "%s%s.%.*s", out->len ? ", " : "", member->db,
		(int)rdb_name_table(member->file), member->file);
}

static bool is_same_table(const struct rdb_member *a, const struct rdb_member *b)
{
	size_t len = rdb_name_table(a->file);

	return strcmp(a->db, b->db) == 0 && rdb_name_table(b->file) == len &&
	       memcmp(a->file, b->file, len) == 0;
}

static void add_tables(
	struct rdb_buf *out, struct rdb_index *index, struct rdb_catalog *catalog, uint64_t damaged)
{
	struct rdb_member member, last = {0};
	uint64_t offset, named = 0;

	for (uint32_t i = 0; named < NAMED && rdb_catalog_get(catalog, i, &member, &offset) == 0;
		i++) {
		if (!touches(index, &member, offset) || (last.db && is_same_table(&member, &last)))
			continue;
		add_table(out, &member);
		last = member;
		named++;
	}
	if (damaged > named)
		rdb_buf_printf(out, " and %" PRIu64 " more", damaged - named);
}

static void add_parts(struct rdb_buf *out, struct rdb_index *index)
{
	struct rdb_damage damage, next;
	uint64_t offset = 0;
	unsigned named = 0;

	while (rdb_index_next_damage(index, offset, &damage)) {
		while (rdb_index_next_damage(index, damage.to, &next) && next.from == damage.to) {
			damage.to = next.to;
			damage.source_to = next.source_to;
		}
		offset = damage.to;
		if (damage.source_to == damage.source_from)
			continue;
		if (named++ == NAMED) {
			rdb_buf_puts(out, " and more");
			break;
		}
		rdb_buf_printf(out, "%s%" PRIu64 " to %" PRIu64, named > 1 ? ", " : "",
			damage.source_from, damage.source_to - 1);
	}
}

void rdb_damage_words(struct rdb_index *index, struct rdb_catalog *catalog, struct rdb_err *err)
{
	uint64_t tables, documents, damaged = rdb_catalog_damaged(catalog);
	struct rdb_buf names = {0}, parts = {0};

	rdb_catalog_totals(catalog, &tables, &documents);
	add_tables(&names, index, catalog, damaged);
	add_parts(&parts, index);
	if (parts.len == 0)
		rdb_err_prefix(err, "no table is damaged, but the archive is: ");
	else if (damaged == 0)
		rdb_err_set(err, EIO, "no table is damaged, but the archive is (bytes %s)",
			rdb_buf_cstr(&parts));
	else
		rdb_err_set(err, EIO,
			"%" PRIu64 " of %" PRIu64
			" tables %s damaged: %s (bytes %s of the archive)",
			damaged, tables, damaged == 1 ? "is" : "are", rdb_buf_cstr(&names),
			rdb_buf_cstr(&parts));
	rdb_buf_free(&names);
	rdb_buf_free(&parts);
}
