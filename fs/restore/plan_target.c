#include "restore/restore_plan.h"

#include "cluster/client.h"
#include "cluster/staging_name.h"
#include "cluster/table.h"
#include "format/documents.h"
#include "format/member_name.h"
#include "reql/term.h"
#include "restore/restore_progress.h"
#include "json/key.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#define TEXT 1024                /* bytes for a text with three names */
#define PIECE ((size_t)64 << 10) /* bytes per read of documents */

/* ---- the primary key ---- */

static int read_first(struct rdb_reader *reader, struct rdb_documents *documents, const char *key,
	bool *has, struct rdb_err *err)
{
	struct rdb_read read = {0};
	struct rdb_json_piece piece = {0};
	struct rdb_json_span value;
	uint64_t off = 0;
	int ret;

	do {
		rdb_read_done(&read);
		ret = rdb_reader_read(reader, off, PIECE, &read, err);
		off += ret == 0 ? read.len : 0;
		for (int i = 0; ret == 0 && i < read.count; i++) {
			rdb_documents_feed(documents, read.iov[i].iov_base, read.iov[i].iov_len);
			ret = rdb_documents_next(documents, &piece, err);
		}
	} while (ret == 0 && read.len > 0);
	if (ret == 0)
		ret = rdb_documents_end(documents, &piece, err);
	*has = ret != 1 || rdb_json_key(piece.data, piece.len, key, &value) != -ENOENT;
	rdb_read_done(&read);
	return ret < 0 ? ret : 0;
}

struct first {
	bool has_key; /* the document has the member in question, or there is no document */
	bool blank;   /* the file's text is empty or has only white space */
};

/* Checks whether the table's first document has the member that "key" names. decide_key() in
 * restore_documents.c checks the first document in the same way. */
static int look_at_first(const struct rdb_restore_plan *plan,
	const struct rdb_restore_plan_table *table, const char *key, struct first *out,
	struct rdb_err *err)
{
	struct rdb_documents documents;
	struct rdb_reader *reader;
	int ret = rdb_documents_init(&documents, rdb_restore_plan_delimiter(plan, table), err);

	if (ret != 0)
		return ret;
	rdb_documents_accept_blank(&documents, rdb_name_blank(table->file));
	ret = rdb_reader_open(plan->options->archive, table->documents, &reader);
	if (ret != 0) {
		rdb_err_sys(err, -ret, "documents");
	} else {
		ret = read_first(reader, &documents, key, &out->has_key, err);
		rdb_reader_close(reader);
	}
	out->blank = rdb_documents_are_blank(&documents);
	rdb_documents_free(&documents);
	if (ret != 0)
		rdb_err_prefix(err, "%s.%s: ", table->db, table->table);
	return ret;
}

static int check_key(const struct rdb_restore_plan_table *table, const char *key,
	const struct rdb_table_state *there, struct rdb_err *err)
{
	if (!key[0] || strcmp(key, there->primary_key) == 0)
		return 0;
	rdb_table_refuse_key(there->primary_key, key, err);
	rdb_err_prefix(err, "%s.%s: ", table->db, table->table);
	return -EINVAL;
}

/* Returns true if the restore must assume the table's primary key: the backup does not name the
 * key, and the table is new or will be replaced. */
static bool assumes_key(const struct rdb_restore_plan *plan, const struct rdb_table_info *info,
	const struct rdb_table_state *there)
{
	return !(info && info->primary_key[0]) &&
	       (!there->exists || plan->options->policy.existing == RDB_EXISTING_REPLACE);
}

/* Returns true if a blank file (empty or only white space) must not be restored into the existing
 * table. If the backup has no .info file of the table, the blank file may be an incomplete copy. */
static bool refuses_blank(const struct rdb_restore_plan *plan,
	const struct rdb_restore_plan_table *table, const struct rdb_table_info *info)
{
	return !info && table->count <= 0 && table->exists && !table->done &&
	       plan->options->policy.existing != RDB_EXISTING_REFUSE &&
	       rdb_name_blank(table->file) != RDB_BLANK_NONE;
}

/* Reads the start of the table's file in the backup. Returns -EINVAL if the first document lacks
 * the assumed primary key, or if the file is blank and refuses_blank() is true. */
static int check_first(const struct rdb_restore_plan *plan,
	const struct rdb_restore_plan_table *table, const struct rdb_table_info *info,
	const struct rdb_table_state *there, struct rdb_err *err)
{
	const char *expected = there->exists ? there->primary_key : "id";
	bool assumes = assumes_key(plan, info, there), refuses = refuses_blank(plan, table, info);
	struct first first = {.blank = false};
	int ret = assumes || refuses ? look_at_first(plan, table, expected, &first, err) : 0;

	if (ret != 0)
		return ret;
	if (refuses && first.blank) {
		rdb_existing_refuse_blank(err);
		rdb_err_prefix(err, "%s.%s: ", table->db, table->table);
		return -EINVAL;
	}
	return assumes && !first.has_key ? rdb_restore_plan_unknown_key(plan, table, expected, err)
					 : 0;
}

/* ---- one table ---- */

static const char *action_for(
	const struct rdb_restore_plan *plan, const struct rdb_restore_plan_table *t)
{
	static const char *const there[] = {"refused, since it exists", "merged", "replaced",
		"compared, and made equal to the backup"};

	if (t->done)
		return t->warnings ? "skipped, since it was restored before, with warnings"
				   : "skipped, since it was restored before";
	return t->exists ? there[plan->options->policy.existing] : "created";
}

static void say_action(const struct rdb_restore_plan *plan,
	const struct rdb_restore_plan_table *table, const struct rdb_table_info *info)
{
	const char *db = table->db, *name = table->table;
	const char *lacking =
		table->exists && plan->options->policy.existing == RDB_EXISTING_REPLACE
			? "stays as it is in the replaced table, if it is there"
			: "can't be restored";

	rdb_restore_say(plan->options, "%s.%s: %s", db, name, action_for(plan, table));
	if (!info || table->done || plan->options->policy.no_indexes)
		return;
	for (size_t i = 0; i < info->index_count; i++)
		if (info->indexes[i].flaw)
			rdb_restore_say(plan->options, "%s.%s: index %s %s: %s", db, name,
				info->indexes[i].name, lacking, info->indexes[i].flaw);
	if (info->hook_flaw)
		rdb_restore_say(plan->options, "%s.%s: the write hook %s: %s", db, name, lacking,
			info->hook_flaw);
	else if (info->hook &&
		 !(table->exists && plan->options->policy.existing == RDB_EXISTING_SYNC))
		rdb_restore_say(
			plan->options, "%s.%s: gets the write hook of the backup", db, name);
}

static int compare_to_cluster(struct rdb_restore_plan *plan, struct rdb_restore_plan_table *table,
	const struct rdb_table_info *info, struct rdb_client *client, struct rdb_err *err)
{
	const char *key = info ? info->primary_key : "";
	struct rdb_table_state there;
	int ret = rdb_table_look(client, table->db, table->table, &there, err);

	if (ret != 0)
		return ret;
	table->exists = there.exists;
	if (there.exists && (plan->options->policy.existing == RDB_EXISTING_MERGE ||
				    plan->options->policy.existing == RDB_EXISTING_SYNC))
		ret = check_key(table, key, &there, err);
	else if (there.exists)
		ret = rdb_restore_progress_find(plan, table, there.id, client, err);
	if (ret == 0)
		ret = check_first(plan, table, info, &there, err);
	if (ret == 0 && plan->options->dry_run)
		say_action(plan, table, info);
	return ret;
}

static int check_table(struct rdb_restore_plan *plan, struct rdb_restore_plan_table *table,
	struct rdb_client *client, struct rdb_err *err)
{
	struct rdb_table_info *info;
	int ret = rdb_plan_content_info(plan, table, &info, err);

	if (ret == 0)
		ret = compare_to_cluster(plan, table, info, client, err);
	rdb_table_info_free(info);
	return ret;
}

static bool is_in_the_way(const struct rdb_restore_plan_table *table)
{
	return table->exists && !table->done;
}

/* Stores in "advice" which options restore the plan's tables under another name. "one" is the only
 * table of the plan that exists in the cluster, or NULL if several tables of the plan exist. */
static void advise_as(const struct rdb_restore_plan *plan, const struct rdb_restore_plan_table *one,
	char advice[TEXT])
{
	bool several_databases = false;

	for (size_t i = 1; i < plan->count; i++)
		several_databases |= strcmp(plan->tables[i].from_db, plan->tables[0].from_db) != 0;
	if (one && plan->count == 1)
		snprintf(advice, TEXT, "--as %s.NEW restores it under another name", one->db);
	else if (one)
		snprintf(advice, TEXT, "-i %s.%s --as %s.NEW restores it under another name",
			one->from_db, one->from, one->db);
	else
		snprintf(advice, TEXT, "%s--as NEW restores a database under another name",
			several_databases ? "-i DB " : "");
}

static int refuse_tables(const struct rdb_restore_plan *plan,
	const struct rdb_restore_plan_table *last, size_t count, struct rdb_err *err)
{
	const bool mounted = plan->options->policy.mounted;
	char subject[TEXT],
		advice[TEXT] = "link or copy a database under another name, as restore/OTHER, or "
			       "use rdbfs restore --as";

	if (!mounted)
		advise_as(plan, count == 1 ? last : NULL, advice);
	if (count == 1)
		snprintf(subject, TEXT, "table %s.%s already exists", last->db, last->table);
	else
		snprintf(subject, TEXT, "%zu tables already exist", count);
	return rdb_existing_refuse(subject, advice, count > 1, mounted, err);
}

static int refuse_existing(const struct rdb_restore_plan *plan, struct rdb_err *err)
{
	const struct rdb_restore_plan_table *last = NULL;
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++) {
		if (!is_in_the_way(&plan->tables[i]))
			continue;
		last = &plan->tables[i];
		count++;
	}
	if (count == 0 || plan->options->policy.existing != RDB_EXISTING_REFUSE)
		return 0;
	for (size_t i = 0; i < plan->count && count > 1 && !plan->options->dry_run; i++)
		if (is_in_the_way(&plan->tables[i]))
			rdb_restore_say(plan->options, "%s.%s exists", plan->tables[i].db,
				plan->tables[i].table);
	return refuse_tables(plan, last, count, err);
}

/* Reports the tables that other restores have made in the database "db" under temporary names. The
 * other restores may be running or may have been killed. */
static void report_others(
	const struct rdb_restore_plan *plan, const char *db, struct rdb_client *client)
{
	struct rdb_leftovers *leftovers = plan->options->policy.leftovers;
	json_t *list = NULL, *name;
	size_t i;

	RDB_CLIENT_ASK(client, &list, NULL, NULL, rdb_query_table_list, db);
	json_array_foreach(list, i, name)
	{
		const char *table = json_string_value(name);
		if (table && rdb_staging_is(table) && !rdb_leftovers_has(leftovers, db, table))
			rdb_restore_say(plan->options,
				"%s.%s belongs to another restore: drop it unless that restore is "
				"still running",
				db, table);
	}
	json_decref(list);
}

static void report_all_others(const struct rdb_restore_plan *plan, struct rdb_client *client)
{
	for (size_t i = 0; i < plan->count; i++) {
		const char *db = plan->tables[i].db;
		bool first = true;
		for (size_t k = 0; k < i && first; k++)
			first = strcmp(plan->tables[k].db, db) != 0;
		if (first)
			report_others(plan, db, client);
	}
}

int rdb_plan_target_check(struct rdb_restore_plan *plan, struct rdb_job *job, struct rdb_err *err)
{
	struct rdb_client client = {
		.cluster = plan->options->cluster,
		.back_off = {.cancel = rdb_job_cancel_object(job)},
	};
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < plan->count; i++) {
		ret = check_table(plan, &plan->tables[i], &client, err);
		client.back_off.ms = rdb_back_off_ms(plan->options->policy.patience);
	}
	if (ret == 0 && plan->options->say)
		report_all_others(plan, &client);
	rdb_client_close(&client);
	return ret ? ret : refuse_existing(plan, err);
}
