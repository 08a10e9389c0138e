#include "restore/restore_plan.h"

#include "cluster/client.h"
#include "cluster/table_info.h"
#include "format/member_name.h"
#include "job/scope.h"
#include "reql/term.h"
#include "restore/first_document.h"
#include "restore/restore_progress.h"
#include "restore/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int out_of_memory(struct rdb_err *err)
{
	return rdb_err_sys(err, ENOMEM, "the tables to restore");
}

__attribute__((format(printf, 2, 3))) static void say(
	const struct rdb_restore_plan *plan, const char *fmt, ...)
{
	char line[RDB_ERR_TEXT];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (plan->options->say)
		plan->options->say(plan->options->arg, line);
}

/* ---- content of the archive ---- */

struct collecting {
	struct rdb_restore_plan *plan;
	const char *db;
	bool empty;     /* no member was seen */
	bool *excluded; /* per exclusion: whether it matched the archive */
	int rc;
};

/* Records that an exclusion matched. table "": the database itself. */
static void note_excluded(struct collecting *c, const char *db, const char *table)
{
	const struct rdb_restore_options *options = c->plan->options;
	size_t len = strlen(db);

	for (size_t i = 0; i < options->except_count; i++) {
		const char *name = options->except[i];
		const char *rest = name + len;
		if (strncmp(name, db, len) == 0 &&
			(*rest == '.' ? *table && strcmp(rest + 1, table) == 0 : !*rest && !*table))
			c->excluded[i] = true;
	}
}

static struct rdb_scope scope_of(const struct rdb_restore_options *options)
{
	return (struct rdb_scope){
		options->names, options->name_count, options->except, options->except_count};
}

static bool is_wanted(const struct rdb_restore_options *options, const char *db, const char *table)
{
	const struct rdb_scope scope = scope_of(options);

	return *table ? rdb_scope_has_table(&scope, db, table) : rdb_scope_has_database(&scope, db);
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

static bool take_member(void *arg, const struct rdb_member *member, size_t position)
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
	if (member->kind == RDB_MEMBER_INFO || !is_wanted(options, c->db, name))
		return true;
	table = add_table(c->plan);
	if (!table) {
		c->rc = -ENOMEM;
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
		table->count = -1; /* the rows were counted with commas as delimiter, so the count
				      is unknown */
	table->file = member->file;
	return true;
}

static bool take_db(void *arg, const struct rdb_database *db, size_t position)
{
	struct collecting *c = arg;

	(void)position;
	c->db = db->name;
	c->empty = true;
	note_excluded(c, db->name, "");
	rdb_archive_each_member(c->plan->options->archive, db->name, 0, take_member, c);
	if (c->empty && is_wanted(c->plan->options, db->name, ""))
		c->rc = rdb_databases_add(&c->plan->databases, db->name);
	return c->rc == 0;
}

static int by_size(const void *a, const void *b)
{
	const struct rdb_restore_plan_table *x = a, *y = b;

	return (x->size < y->size) - (x->size > y->size);
}

static int find_names(const struct rdb_restore_plan *plan, struct rdb_err *err)
{
	for (size_t i = 0; i < plan->options->name_count; i++) {
		const struct rdb_restore_options one = {
			.names = &plan->options->names[i], .name_count = 1};
		bool found = false;
		for (size_t k = 0; k < plan->count && !found; k++)
			found = is_wanted(&one, plan->tables[k].from_db, plan->tables[k].from);
		for (size_t k = 0; k < plan->databases.count && !found; k++)
			found = is_wanted(&one, plan->databases.names[k], "");
		if (!found)
			return rdb_err_set(
				err, ENOENT, "the backup has no %s", plan->options->names[i]);
	}
	return 0;
}

const char *rdb_restore_plan_suffix(const struct rdb_restore_plan_table *table)
{
	return table->file + strlen(table->from);
}

char rdb_restore_plan_delimiter(
	const struct rdb_restore_plan *plan, const struct rdb_restore_plan_table *table)
{
	if (!table->csv)
		return '\0';
	return plan->options->policy.delimiter ? plan->options->policy.delimiter : ',';
}

static int refuse_twice(const struct rdb_restore_plan_table *a,
	const struct rdb_restore_plan_table *b, struct rdb_err *err)
{
	return rdb_err_set(err, EINVAL,
		"%s.%s: the backup has %s%s and %s%s for it, of which only one can be restored: "
		"unpack it, and take the other one out of its folder",
		a->from_db, a->from, a->from, rdb_restore_plan_suffix(a), b->from,
		rdb_restore_plan_suffix(b));
}

/* Checks that a table does not have two files: they would be restored into it concurrently. The
 * option "as" cannot cause that: it applies to one table, or to one database's tables, which keep
 * their names. */
static int check_once(const struct rdb_restore_plan *plan, struct rdb_err *err)
{
	const struct rdb_restore_plan_table *tables = plan->tables;

	for (size_t i = 0; i < plan->count; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(tables[k].from, tables[i].from) == 0 &&
				strcmp(tables[k].from_db, tables[i].from_db) == 0)
				return refuse_twice(&tables[k], &tables[i], err);
	return 0;
}

/* Reject an unmatched exclusion: a misspelt one would restore over a table that is to be kept. */
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
	const struct rdb_scope scope = scope_of(c->plan->options);
	int rc = rdb_scope_check(&scope, err);

	if (rc != 0)
		return rc;
	rdb_archive_each_db(c->plan->options->archive, 0, take_db, c);
	return c->rc ? out_of_memory(err) : find_excluded(c, err);
}

static int collect(struct rdb_restore_plan *plan, struct rdb_err *err)
{
	struct collecting c = {.plan = plan};
	int rc;

	c.excluded = calloc(plan->options->except_count + 1, sizeof(bool));
	rc = c.excluded ? collect_all(&c, err) : out_of_memory(err);
	free(c.excluded);
	if (rc != 0)
		return rc;
	if (plan->count == 0 && plan->databases.count == 0 && plan->options->name_count == 0)
		return rdb_err_set(err, ENOENT, "there is no table in the backup");
	if (plan->count)
		qsort(plan->tables, plan->count, sizeof(plan->tables[0]), by_size);
	return find_names(plan, err);
}

/* ---- names ---- */

static const char *option_as(const struct rdb_restore_plan *plan)
{
	return plan->options->policy.mounted ? "" : "--as ";
}

static int refuse_several(const struct rdb_restore_plan *plan, struct rdb_err *err)
{
	return rdb_err_set(err, EINVAL,
		"%s%s would put several databases into one: restore them one after the other (-i "
		"DATABASE)",
		option_as(plan), plan->options->as);
}

/* Applies the new name of a database: to the one with tables, or, if no table is restored, to the
 * only one. */
static int rename_databases(struct rdb_restore_plan *plan, struct rdb_err *err)
{
	if (!plan->options->as)
		return 0;
	if (plan->count == 0 && plan->databases.count > 1)
		return refuse_several(plan, err);
	if (plan->count == 0)
		return rdb_databases_rename(&plan->databases, plan->options->as)
			       ? out_of_memory(err)
			       : 0;
	rdb_databases_free(&plan->databases);
	return 0;
}

static int rename_tables(struct rdb_restore_plan *plan, struct rdb_err *err)
{
	const char *as = plan->options->as, *dot = as ? strchr(as, '.') : NULL;

	if (!as)
		return 0;
	if (dot && plan->count != 1)
		return rdb_err_set(err, EINVAL,
			"%s%s is the name of one table, and %zu are to be restored",
			option_as(plan), as, plan->count);
	for (size_t i = 0; i < plan->count; i++) {
		struct rdb_restore_plan_table *table = &plan->tables[i];
		if (strcmp(table->from_db, plan->tables[0].from_db) != 0)
			return refuse_several(plan, err);
		snprintf(table->db, sizeof(table->db), "%.*s",
			dot ? (int)(dot - as) : (int)strlen(as), as);
		if (dot)
			snprintf(table->table, sizeof(table->table), "%s", dot + 1);
	}
	return 0;
}

static int check_databases(const struct rdb_restore_plan *plan, struct rdb_err *err)
{
	for (size_t i = 0; i < plan->databases.count; i++) {
		const char *name = plan->databases.names[i];
		if (!rdb_term_is_name(name))
			return rdb_err_set(err, EINVAL,
				"%s: the server does not allow that name of a database%s", name,
				plan->options->policy.mounted ? "" : " (--as gives another)");
		if (strcmp(name, "rethinkdb") == 0)
			return rdb_err_set(
				err, EPERM, "the database \"rethinkdb\" is the server's own");
		if (plan->options->dry_run)
			say(plan, "%s: a database without tables, made unless it is there", name);
	}
	return 0;
}

static int check_names(const struct rdb_restore_plan *plan, struct rdb_err *err)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct rdb_restore_plan_table *table = &plan->tables[i];
		if (!rdb_term_is_name(table->db) || !rdb_term_is_name(table->table))
			return rdb_err_set(err, EINVAL,
				"%s.%s: the server does not allow that name%s", table->db,
				table->table,
				plan->options->policy.mounted ? "" : " (--as gives another)");
		if (strcmp(table->db, "rethinkdb") == 0)
			return rdb_err_set(err, EPERM,
				"%s.%s: the database \"rethinkdb\" is the server's own: nothing "
				"can be restored into it",
				table->db, table->table);
	}
	return 0;
}

/* ---- .info ---- */

static int read_member(struct rdb_archive *archive, const struct rdb_member *member,
	struct rdb_buf *out, struct rdb_err *err)
{
	struct rdb_reader *reader;
	struct rdb_read read = {0};
	int rc;

	if (member->size > RDB_TABLE_INFO_MAX)
		return rdb_err_set(err, EINVAL, "%s/%s is too long", member->db, member->file);
	rc = rdb_reader_open(archive, member->number, &reader);
	if (rc != 0)
		return rdb_err_sys(err, -rc, "%s/%s", member->db, member->file);
	do {
		rc = rdb_reader_read(reader, out->len, RDB_READ_MAX, &read, err);
		for (int i = 0; rc == 0 && i < read.count; i++)
			if (rdb_buf_add(out, read.iov[i].iov_base, read.iov[i].iov_len) != 0)
				rc = out_of_memory(err);
		rdb_read_done(&read);
	} while (rc == 0 && read.len > 0);
	rdb_reader_close(reader);
	return rc;
}

/* Finds a table's .info. -ENOENT: the backup has none. */
static int find_info(const struct rdb_restore_plan *plan,
	const struct rdb_restore_plan_table *table, struct rdb_member *member)
{
	static const char *const extensions[] = {".info", ".info.gz"};
	char file[300];
	int rc = -ENOENT;

	for (size_t i = 0; rc == -ENOENT && i < 2; i++) {
		snprintf(file, sizeof(file), "%s%s", table->from, extensions[i]);
		rc = rdb_archive_find(plan->options->archive, table->from_db, file, member);
	}
	return rc;
}

/* Reads a table's .info. *out: NULL: the backup has none. */
static int read_info(const struct rdb_restore_plan *plan, struct rdb_restore_plan_table *table,
	struct rdb_table_info **out, struct rdb_err *err)
{
	struct rdb_member member;
	int rc = find_info(plan, table, &member);

	*out = NULL;
	if (rc == -ENOENT)
		return 0;
	if (rc != 0)
		return rdb_err_set(err, EIO,
			"%s.%s: its .info may have been lost with the rest of the archive, and "
			"with "
			"it primary key and indexes",
			table->from_db, table->from);
	rc = read_member(plan->options->archive, &member, &table->info, err);
	if (rc == 0)
		rc = rdb_table_info_parse(
			table->info.data ? table->info.data : "", table->info.len, out, err);
	if (rc != 0)
		rdb_err_prefix(err, "%s/%s: ", table->from_db, member.file);
	return rc;
}

/* ---- tables restored by an earlier run ---- */

/* Returns whether tables of an earlier run are skipped: only if existing tables are refused. With
 * other policies each run restores every table, since it may have been changed meanwhile. */
static bool goes_on(const struct rdb_restore_plan *plan)
{
	return plan->progress && plan->options->policy.existing == RDB_EXISTING_REFUSE;
}

void rdb_restore_plan_note(const struct rdb_restore_plan *plan,
	const struct rdb_restore_plan_table *table, const struct rdb_restore_table_facts *facts)
{
	struct rdb_restored restored = {
		.documents = facts->documents,
		.warnings = facts->missing.code ? facts->warnings : 0,
	};

	if (!goes_on(plan))
		return;
	memcpy(restored.db, table->db, sizeof(restored.db));
	memcpy(restored.table, table->table, sizeof(restored.table));
	memcpy(restored.id, facts->id, sizeof(facts->id));
	rdb_restore_progress_add(plan->progress, &restored);
}

void rdb_restore_plan_forget(const struct rdb_restore_plan *plan)
{
	if (plan->progress)
		unlink(plan->progress);
}

/* A search for an existing table among those that an earlier run restored. */
struct looking {
	struct rdb_restore_plan_table *table;
	const char *id;
	struct rdb_client *client;
	struct rdb_err *err;
};

static int compare(void *arg, const struct rdb_restored *restored)
{
	const struct looking *l = arg;
	struct rdb_restore_plan_table *table = l->table;
	int64_t count;
	int rc;

	if (strcmp(restored->db, table->db) != 0 || strcmp(restored->table, table->table) != 0 ||
		strcmp(restored->id, l->id) != 0)
		return 0;
	rc = rdb_table_count(l->client, table->db, table->table, &count, l->err);
	if (rc != 0 || (uint64_t)count != restored->documents)
		return rc;
	table->done = true;
	table->warnings = restored->warnings;
	return 0;
}

/* Set done if the existing table is the one that an earlier run restored, and still has the same
 * number of documents. */
static int find_done(const struct rdb_restore_plan *plan, struct rdb_restore_plan_table *table,
	const char *id, struct rdb_client *client, struct rdb_err *err)
{
	struct looking l = {table, id, client, err};

	return goes_on(plan) ? rdb_restore_progress_each(plan->progress, compare, &l) : 0;
}

/* ---- content of the cluster ---- */

static int check_key(const struct rdb_restore_plan_table *table, const char *key,
	const struct rdb_table_state *there, struct rdb_err *err)
{
	if (!key[0] || strcmp(key, there->primary_key) == 0)
		return 0;
	return rdb_err_set(err, EINVAL,
		"%s.%s: the table in the cluster has the primary key \"%s\", the backup's \"%s\"",
		table->db, table->table, there->primary_key, key);
}

int rdb_restore_plan_unknown_key(const struct rdb_restore_plan *plan,
	const struct rdb_restore_plan_table *table, const char *lacks, struct rdb_err *err)
{
	return rdb_err_set(err, EINVAL,
		"%s.%s: the backup has no .info for it, and its documents have no \"%s\": their "
		"primary key can't be known (make the table with its key, then %s)",
		table->db, table->table, lacks,
		rdb_existing_option(RDB_EXISTING_MERGE, plan->options->policy.mounted));
}

/* Checks that the primary key is known: if neither the backup nor an existing table that is written
 * into has one, the first document must show it. */
static int check_key_is_known(const struct rdb_restore_plan *plan,
	const struct rdb_restore_plan_table *table, const char *key, struct rdb_err *err)
{
	bool has_id;
	int rc;

	if (key[0] || (table->exists && plan->options->policy.existing != RDB_EXISTING_REPLACE))
		return 0;
	rc = rdb_first_document_has_id(plan->options->archive, table->documents,
		rdb_restore_plan_delimiter(plan, table), &has_id, err);
	if (rc != 0) {
		rdb_err_prefix(err, "%s.%s: ", table->db, table->table);
		return rc;
	}
	return has_id ? 0 : rdb_restore_plan_unknown_key(plan, table, "id", err);
}

static const char *verdict(
	const struct rdb_restore_plan *plan, const struct rdb_restore_plan_table *t)
{
	static const char *const there[] = {"refused, since it exists", "merged", "replaced",
		"compared, and made equal to the backup"};

	if (t->done)
		return t->warnings ? "passed over, since it was restored before, with warnings"
				   : "passed over, since it was restored before";
	return t->exists ? there[plan->options->policy.existing] : "created";
}

/* Reports, for a dry run, the action for a table, for its write hook, and what cannot be restored.
 */
static void say_verdict(const struct rdb_restore_plan *plan,
	const struct rdb_restore_plan_table *table, const struct rdb_table_info *info)
{
	const char *db = table->db, *name = table->table;

	say(plan, "%s.%s: %s", db, name, verdict(plan, table));
	if (!info || table->done || plan->options->policy.no_indexes)
		return;
	for (size_t i = 0; i < info->index_count; i++)
		if (info->indexes[i].flaw)
			say(plan, "%s.%s: index %s can't be restored: %s", db, name,
				info->indexes[i].name, info->indexes[i].flaw);
	if (info->hook_flaw)
		say(plan, "%s.%s: the write hook can't be restored: %s", db, name, info->hook_flaw);
	else if (info->hook &&
		 !(table->exists && plan->options->policy.existing == RDB_EXISTING_SYNC))
		say(plan, "%s.%s: gets the write hook of the backup", db, name);
}

static int look_at(struct rdb_restore_plan *plan, struct rdb_restore_plan_table *table,
	const struct rdb_table_info *info, struct rdb_client *client, struct rdb_err *err)
{
	const char *key = info ? info->primary_key : "";
	struct rdb_table_state there;
	int rc = rdb_table_look(client, table->db, table->table, &there, err);

	if (rc != 0)
		return rc;
	table->exists = there.exists;
	if (there.exists && (plan->options->policy.existing == RDB_EXISTING_MERGE ||
				    plan->options->policy.existing == RDB_EXISTING_SYNC))
		rc = check_key(table, key, &there, err);
	else if (there.exists)
		rc = find_done(plan, table, there.id, client, err);
	if (rc == 0)
		rc = check_key_is_known(plan, table, key, err);
	if (rc == 0 && plan->options->dry_run)
		say_verdict(plan, table, info);
	return rc;
}

static int look_at_next(struct rdb_restore_plan *plan, struct rdb_restore_plan_table *table,
	struct rdb_client *client, struct rdb_err *err)
{
	struct rdb_table_info *info;
	int rc = read_info(plan, table, &info, err);

	if (rc == 0)
		rc = look_at(plan, table, info, client, err);
	rdb_table_info_free(info);
	return rc;
}

static int refuse_existing(const struct rdb_restore_plan *plan, struct rdb_err *err)
{
	const bool mounted = plan->options->policy.mounted;
	const char *merge = rdb_existing_option(RDB_EXISTING_MERGE, mounted);
	const char *replace = rdb_existing_option(RDB_EXISTING_REPLACE, mounted);
	const struct rdb_restore_plan_table *last = NULL;
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++) {
		if (!plan->tables[i].exists || plan->tables[i].done)
			continue;
		last = &plan->tables[i];
		count++;
	}
	if (count == 0 || plan->options->policy.existing != RDB_EXISTING_REFUSE)
		return 0;
	if (count == 1)
		return rdb_err_set(err, EEXIST,
			"table %s.%s already exists: %s writes into it, %s replaces it", last->db,
			last->table, merge, replace);
	for (size_t i = 0; i < plan->count && !plan->options->dry_run; i++)
		if (plan->tables[i].exists && !plan->tables[i].done)
			say(plan, "%s.%s exists", plan->tables[i].db, plan->tables[i].table);
	return rdb_err_set(err, EEXIST,
		"%zu tables already exist: %s writes into them, %s replaces them", count, merge,
		replace);
}

/* Returns whether this machine's records include the table, so that it will be dropped. */
static bool is_ours(const struct rdb_restore_plan *plan, const char *db, const char *table)
{
	struct rdb_leftovers *leftovers = plan->options->policy.leftovers;
	struct rdb_buf list = {0}, line = {0};
	bool ours = leftovers && rdb_leftovers_list(leftovers, &list) == 0 && list.len &&
		    rdb_buf_printf(&line, "%s.%s\n", db, table) == 0 &&
		    memmem(list.data, list.len, line.data, line.len);

	rdb_buf_free(&list);
	rdb_buf_free(&line);
	return ours;
}

/* Report staging tables that are in use by other restores, or were left behind by killed ones. */
static void tell_others(
	const struct rdb_restore_plan *plan, const char *db, struct rdb_client *client)
{
	struct rdb_buf query = {0};
	json_t *list = NULL, *name;
	size_t i;

	if (rdb_query_table_list(&query, db) == 0)
		rdb_client_value(client, &query, &list, NULL, NULL);
	json_array_foreach(list, i, name)
	{
		const char *table = json_string_value(name);
		if (table && rdb_staging_is(table) && !is_ours(plan, db, table))
			say(plan,
				"%s.%s is of another restore: drop it unless that is still "
				"running",
				db, table);
	}
	json_decref(list);
	rdb_buf_free(&query);
}

static void tell_all_others(const struct rdb_restore_plan *plan, struct rdb_client *client)
{
	for (size_t i = 0; i < plan->count; i++) {
		const char *db = plan->tables[i].db;
		bool first = true;
		for (size_t k = 0; k < i && first; k++)
			first = strcmp(plan->tables[k].db, db) != 0;
		if (first)
			tell_others(plan, db, client);
	}
}

static int look_at_cluster(struct rdb_restore_plan *plan, struct rdb_job *job, struct rdb_err *err)
{
	struct rdb_client client = {
		.cluster = plan->options->cluster,
		.back_off = {.cancel = rdb_job_cancel_object(job)},
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < plan->count; i++) {
		rc = look_at_next(plan, &plan->tables[i], &client, err);
		client.back_off.ms = rdb_back_off_ms(plan->options->policy.patience);
	}
	if (rc == 0 && plan->options->say)
		tell_all_others(plan, &client);
	rdb_client_close(&client);
	return rc ? rc : refuse_existing(plan, err);
}

/* Reports that only a run that replaces the table repairs the faults of which an earlier run
 * warned. */
static void tell_done(const struct rdb_restore_plan *plan,
	const struct rdb_restore_plan_table *table, struct rdb_job *job)
{
	if (table->warnings)
		rdb_job_warn(job,
			"%s.%s was restored before, with warnings: what was missing, such as an "
			"index, is not restored now either (%s restores the table again)",
			table->db, table->table,
			rdb_existing_option(RDB_EXISTING_REPLACE, plan->options->policy.mounted));
	else
		say(plan, "%s.%s was restored before", table->db, table->table);
}

static int enter(struct rdb_restore_plan *plan, struct rdb_job *job, struct rdb_err *err)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct rdb_restore_plan_table *table = &plan->tables[i];
		if (table->done) {
			tell_done(plan, table, job);
			continue;
		}
		table->number = rdb_job_table(job, table->db, table->table, table->count);
		if (table->number < 0)
			return out_of_memory(err);
	}
	return 0;
}

int rdb_restore_plan_make(struct rdb_restore_plan *plan, const struct rdb_restore_options *options,
	struct rdb_job *job, struct rdb_err *err)
{
	int rc;

	*plan = (struct rdb_restore_plan){.options = options};
	rc = collect(plan, err);
	if (rc == 0)
		rc = check_once(plan, err);
	if (rc == 0)
		rc = rename_tables(plan, err);
	if (rc == 0)
		rc = rename_databases(plan, err);
	if (rc == 0)
		rc = check_names(plan, err);
	if (rc == 0)
		rc = check_databases(plan, err);
	if (rc == 0)
		plan->progress = rdb_restore_progress_path(plan);
	if (rc == 0)
		rc = look_at_cluster(plan, job, err);
	return rc || options->dry_run ? rc : enter(plan, job, err);
}

void rdb_restore_plan_free(struct rdb_restore_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		rdb_buf_free(&plan->tables[i].info);
	free(plan->tables);
	rdb_databases_free(&plan->databases);
	free(plan->progress);
	*plan = (struct rdb_restore_plan){0};
}
