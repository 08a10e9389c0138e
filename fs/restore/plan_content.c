#include "restore/restore_plan.h"

#include "format/member_name.h"
#include "job/scope.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int out_of_memory(struct rdb_err *err)
{
	return rdb_err_sys(err, ENOMEM, "the tables to restore");
}

/* ---- tables ---- */

/* Returns true if "name" is the name of the database, or has the form DATABASE.TABLE with the given
 * names. If "table" is empty, returns true only for the name of the database. */
static bool is_name_of(const char *name, const char *db, const char *table)
{
	return rdb_scope_names(name, db, *table ? table : NULL, strlen(table));
}

struct collecting {
	struct rdb_restore_plan *plan;
	struct rdb_scope scope;
	const char *db;
	bool empty;     /* the archive has no file of the database */
	bool *excluded; /* for each exclusion, whether the archive has a match */
	int ret;
};

static void note_excluded(struct collecting *c, const char *db, const char *table)
{
	const struct rdb_restore_options *options = c->plan->options;

	for (size_t i = 0; i < options->except_count; i++)
		c->excluded[i] |= is_name_of(options->except[i], db, table);
}

static bool is_wanted(const struct collecting *c, const char *db, const char *table)
{
	return *table ? rdb_scope_has_table(&c->scope, db, table)
		      : rdb_scope_has_database(&c->scope, db);
}

static struct rdb_restore_plan_table *add_table(struct rdb_restore_plan *plan)
{
	struct rdb_restore_plan_table *tables =
		reallocarray(plan->tables, plan->count + 1, sizeof(*tables));

	if (!tables)
		return NULL;
	plan->tables = tables;
	tables[plan->count] = (struct rdb_restore_plan_table){.count = -1};
	return &tables[plan->count++];
}

static bool add_member(void *arg, const struct rdb_member *member, size_t position)
{
	struct collecting *c = arg;
	const struct rdb_restore_options *options = c->plan->options;
	size_t len = rdb_name_table(member->file);
	struct rdb_restore_plan_table *table;
	struct rdb_table_facts facts;
	char name[256];

	(void)position;
	c->empty = false;
	snprintf(name, sizeof(name), "%.*s", (int)len, member->file);
	note_excluded(c, c->db, name);
	if (member->kind == RDB_MEMBER_INFO || !is_wanted(c, c->db, name))
		return true;
	table = add_table(c->plan);
	if (!table) {
		c->ret = -ENOMEM;
		return false;
	}
	rdb_archive_table_facts(options->archive, member->number, &facts);
	table->from_db = c->db;
	memcpy(table->from, name, sizeof(name));
	snprintf(table->db, sizeof(table->db), "%s", c->db);
	memcpy(table->table, name, sizeof(name));
	table->documents = member->number;
	table->size = member->size;
	table->count = facts.documents;
	table->csv = member->kind == RDB_MEMBER_CSV;
	if (table->csv && options->policy.delimiter && options->policy.delimiter != ',')
		table->count = -1; /* unknown: the archive's count assumes commas as delimiters */
	table->file = member->file;
	return true;
}

static bool add_db(void *arg, const struct rdb_database *db, size_t position)
{
	struct collecting *c = arg;

	(void)position;
	c->db = db->name;
	c->empty = true;
	note_excluded(c, db->name, "");
	rdb_archive_each_member(c->plan->options->archive, db->name, 0, add_member, c);
	if (c->empty && is_wanted(c, db->name, ""))
		c->ret = rdb_databases_add(&c->plan->databases, db->name);
	return c->ret == 0;
}

static int by_size(const void *a, const void *b)
{
	const struct rdb_restore_plan_table *x = a, *y = b;

	return (x->size < y->size) - (x->size > y->size);
}

static int find_names(const struct rdb_restore_plan *plan, struct rdb_err *err)
{
	for (size_t i = 0; i < plan->options->name_count; i++) {
		const char *name = plan->options->names[i];
		bool found = false;
		for (size_t k = 0; k < plan->count && !found; k++)
			found = is_name_of(name, plan->tables[k].from_db, plan->tables[k].from);
		for (size_t k = 0; k < plan->databases.count && !found; k++)
			found = is_name_of(name, plan->databases.names[k], "");
		if (!found)
			return rdb_err_set(err, ENOENT, "the backup has no %s", name);
	}
	return 0;
}

static int refuse_twice(const struct rdb_restore_plan_table *a,
	const struct rdb_restore_plan_table *b, struct rdb_err *err)
{
	return rdb_err_set(err, EINVAL,
		"%s.%s: the backup has %s%s and %s%s for it, but only one can be restored: unpack "
		"the backup, and remove the other one",
		a->from_db, a->from, a->from, rdb_restore_plan_suffix(a), b->from,
		rdb_restore_plan_suffix(b));
}

/* Returns -EINVAL if the backup has two files for one table, because both files would be restored
 * into the table at the same time. */
static int check_once(const struct rdb_restore_plan *plan, struct rdb_err *err)
{
	const struct rdb_restore_plan_table *tables = plan->tables;

	/* Compare only the names in the backup, not the names in the cluster, because tables with
	 * different names in the backup never get the same name in the cluster. */
	for (size_t i = 0; i < plan->count; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(tables[k].from, tables[i].from) == 0 &&
				strcmp(tables[k].from_db, tables[i].from_db) == 0)
				return refuse_twice(&tables[k], &tables[i], err);
	return 0;
}

/* Returns -ENOENT if an exclusion matches no database or table of the backup. Such an exclusion is
 * probably misspelt, and would not protect the table that the user wants to keep. */
static int find_excluded(const struct collecting *c, struct rdb_err *err)
{
	const struct rdb_restore_options *options = c->plan->options;

	for (size_t i = 0; i < options->except_count; i++)
		if (!c->excluded[i])
			return rdb_err_set(err, ENOENT,
				"%s is excluded, but the backup has no such database or table",
				options->except[i]);
	return 0;
}

static int collect_all(struct collecting *c, struct rdb_err *err)
{
	int ret = rdb_scope_check(&c->scope, err);

	if (ret != 0)
		return ret;
	rdb_archive_each_db(c->plan->options->archive, 0, add_db, c);
	return c->ret ? out_of_memory(err) : find_excluded(c, err);
}

int rdb_plan_content_collect(struct rdb_restore_plan *plan, struct rdb_err *err)
{
	const struct rdb_restore_options *o = plan->options;
	struct collecting c = {
		.plan = plan,
		.scope = {o->names, o->name_count, o->except, o->except_count},
	};
	int ret;

	c.excluded = calloc(o->except_count + 1, sizeof(bool));
	ret = c.excluded ? collect_all(&c, err) : out_of_memory(err);
	free(c.excluded);
	if (ret != 0)
		return ret;
	if (plan->count == 0 && plan->databases.count == 0 && o->name_count == 0)
		return rdb_err_set(err, ENOENT, "the backup has no tables");
	if (plan->count)
		qsort(plan->tables, plan->count, sizeof(plan->tables[0]), by_size);
	ret = find_names(plan, err);
	return ret ? ret : check_once(plan, err);
}

/* ---- .info files ---- */

static int read_member(struct rdb_archive *archive, const struct rdb_member *member,
	struct rdb_buf *out, struct rdb_err *err)
{
	struct rdb_reader *reader;
	struct rdb_read read = {0};
	int ret;

	if (member->size > RDB_TABLE_INFO_MAX)
		return rdb_err_set(err, EINVAL, "%s/%s is too long", member->db, member->file);
	ret = rdb_reader_open(archive, member->number, &reader);
	if (ret != 0)
		return rdb_err_sys(err, -ret, "%s/%s", member->db, member->file);
	do {
		ret = rdb_reader_read(reader, out->len, RDB_READ_MAX, &read, err);
		for (int i = 0; ret == 0 && i < read.count; i++)
			if (rdb_buf_add(out, read.iov[i].iov_base, read.iov[i].iov_len) != 0)
				ret = out_of_memory(err);
		rdb_read_done(&read);
	} while (ret == 0 && read.len > 0);
	rdb_reader_close(reader);
	return ret;
}

static int find_info(const struct rdb_restore_plan *plan,
	const struct rdb_restore_plan_table *table, struct rdb_member *member)
{
	static const char *const extensions[] = {".info", ".info.gz"};
	char file[300];
	int ret = -ENOENT;

	for (size_t i = 0; ret == -ENOENT && i < 2; i++) {
		snprintf(file, sizeof(file), "%s%s", table->from, extensions[i]);
		ret = rdb_archive_find(plan->options->archive, table->from_db, file, member);
	}
	return ret;
}

int rdb_plan_content_info(const struct rdb_restore_plan *plan, struct rdb_restore_plan_table *table,
	struct rdb_table_info **out, struct rdb_err *err)
{
	struct rdb_member member;
	int ret = find_info(plan, table, &member);

	*out = NULL;
	if (ret == -ENOENT)
		return 0;
	if (ret != 0)
		return rdb_err_set(err, EIO,
			"%s.%s: its .info, with the primary key and the indexes, may have been "
			"lost with the rest of the archive",
			table->from_db, table->from);
	ret = read_member(plan->options->archive, &member, &table->info, err);
	if (ret == 0)
		ret = rdb_table_info_parse(
			table->info.data ? table->info.data : "", table->info.len, out, err);
	if (ret != 0)
		rdb_err_prefix(err, "%s/%s: ", table->from_db, member.file);
	return ret;
}
