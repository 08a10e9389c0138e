/* rdbfs diff: what two backups have different. */
#include "cmd/backup_argument.h"
#include "cmd/command.h"
#include "cmd/difference.h"
#include "compare/archive_documents.h"
#include "compare/backup_tables.h"
#include "compare/sorted_documents.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One of the two backups. */
struct backup {
	const char *name;
	struct rdb_archive *archive;
	struct rdb_backup_tables tables;
};

struct diff {
	const struct rdb_settings *settings;
	struct rdb_archive_env *env;
	struct backup from, to;
	struct rdb_difference_output out;
	struct rdb_difference_counts total;
	bool different;

	/* the table that is being compared */
	const char *db, *table;
	struct rdb_difference_output spool; /* its lines, until its order is known to be right */
};

/* ---- documents ---- */

static int open_documents(const struct diff *d, const struct backup *backup,
	const struct rdb_backup_table *table, bool sort, struct rdb_document_source **out,
	struct rdb_err *err)
{
	struct rdb_buf name = {0};
	int ret;

	if (rdb_buf_printf(&name, "%s: %s.%s", backup->name, table->db, table->name) != 0 ||
		!rdb_buf_cstr(&name))
		return rdb_err_sys(err, ENOMEM, "%s", backup->name);
	ret = rdb_archive_documents(backup->archive, &table->documents, name.data, NULL, out, err);
	rdb_buf_free(&name);
	if (ret == 0 && sort)
		ret = rdb_sorted_documents(
			*out, table->primary_key, d->settings->temp_dir, out, err);
	return ret;
}

static int on_document(void *arg, const struct rdb_difference *difference, struct rdb_err *err)
{
	struct diff *d = arg;

	if (rdb_difference_document(&d->spool, d->db, d->table, difference) != 0)
		return rdb_err_sys(err, ENOMEM, "%s.%s", d->db, d->table);
	if (ferror(d->spool.file))
		return rdb_err_sys(err, errno ? errno : EIO, "a temporary file");
	return 0;
}

static int compare_documents(struct diff *d, const struct rdb_backup_table *from,
	const struct rdb_backup_table *to, bool sort, struct rdb_difference_counts *counts,
	struct rdb_err *err)
{
	struct rdb_document_source *a = NULL, *b = NULL;
	int ret = open_documents(d, &d->from, from, sort, &a, err);

	if (ret == 0)
		ret = open_documents(d, &d->to, to, sort, &b, err);
	if (ret == 0)
		ret = rdb_compare(a, b, to->primary_key, counts, on_document, d, err);
	if (ret < 0 && ret != -EDOM && b)
		rdb_err_prefix(err, "%s.%s: ", to->db, to->name);
	rdb_document_source_close(a);
	rdb_document_source_close(b);
	return ret;
}

static int copy_spool(FILE *from, FILE *to, struct rdb_err *err)
{
	char buf[65536];
	size_t len;

	rewind(from);
	while ((len = fread(buf, 1, sizeof(buf), from)) > 0)
		if (fwrite(buf, 1, len, to) != len)
			return rdb_err_set(err, EIO, "standard output could not be written to");
	return ferror(from) ? rdb_err_set(err, EIO, "a temporary file could not be read") : 0;
}

/* Compares as the backups have the documents; where they are out of order, once more, sorted. The
 * lines are held back in a temporary file, because those of the first try may be wrong. */
static int compare_ordered(struct diff *d, const struct rdb_backup_table *from,
	const struct rdb_backup_table *to, struct rdb_difference_counts *counts,
	struct rdb_err *err)
{
	int ret = -EDOM;

	for (int sort = 0; sort < 2 && ret == -EDOM; sort++) {
		rdb_err_clear(err);
		d->spool = d->out;
		d->spool.file = tmpfile();
		if (!d->spool.file)
			return rdb_err_sys(err, errno, "a temporary file");
		ret = compare_documents(d, from, to, sort > 0, counts, err);
		if (ret == 0)
			ret = copy_spool(d->spool.file, d->out.file, err);
		fclose(d->spool.file);
	}
	return ret;
}

/* ---- tables ---- */

static int on_info(void *arg, const struct rdb_info_difference *difference, struct rdb_err *err)
{
	struct diff *d = arg;

	d->different = true;
	if (rdb_difference_info(&d->out, d->db, d->table, difference) != 0)
		return rdb_err_sys(err, ENOMEM, "%s.%s", d->db, d->table);
	return 0;
}

static int compare_infos(struct diff *d, const struct rdb_backup_table *from,
	const struct rdb_backup_table *to, struct rdb_err *err)
{
	struct rdb_buf a = {0}, b = {0};
	int ret = rdb_backup_table_info(d->from.archive, from, &a, err);

	if (ret == 0)
		ret = rdb_backup_table_info(d->to.archive, to, &b, err);
	if (ret == 0)
		ret = rdb_compare_info((struct rdb_json_span){a.data, a.len},
			(struct rdb_json_span){b.data, b.len}, on_info, d, err);
	if (ret != 0)
		rdb_err_prefix(err, "%s.%s: ", to->db, to->name);
	rdb_buf_free(&a);
	rdb_buf_free(&b);
	return ret;
}

static void add_counts(struct rdb_difference_counts *total, const struct rdb_difference_counts *one)
{
	total->added += one->added;
	total->removed += one->removed;
	total->changed += one->changed;
	total->same += one->same;
}

static int compare_table(struct diff *d, const struct rdb_backup_table *from,
	const struct rdb_backup_table *to, struct rdb_err *err)
{
	struct rdb_difference_counts counts = {0};
	int ret;

	d->db = to->db;
	d->table = to->name;
	ret = compare_infos(d, from, to, err);
	/* Tables of different keys have no documents in common: the key is the difference. */
	if (ret != 0 || strcmp(from->primary_key, to->primary_key) != 0)
		return ret;
	if (!from->has_documents || !to->has_documents) {
		if (from->has_documents == to->has_documents)
			return 0;
		d->different = true;
		return rdb_difference_table(&d->out, to->db, to->name, to->has_documents);
	}
	ret = compare_ordered(d, from, to, &counts, err);
	if (ret != 0)
		return ret;
	d->different |= counts.added || counts.removed || counts.changed;
	if (counts.added || counts.removed || counts.changed)
		rdb_difference_counts_print(&d->out, to->db, to->name, &counts);
	add_counts(&d->total, &counts);
	return 0;
}

static int only_one_side(
	struct diff *d, const struct rdb_backup_table *table, bool added, struct rdb_err *err)
{
	d->different = true;
	if (rdb_difference_table(&d->out, table->db, table->name, added) == 0)
		return 0;
	return rdb_err_sys(err, ENOMEM, "%s.%s", table->db, table->name);
}

static int compare_tables(struct diff *d, struct rdb_err *err)
{
	size_t a = 0, b = 0;
	int ret = 0;

	while (ret == 0 && (a < d->from.tables.count || b < d->to.tables.count)) {
		const struct rdb_backup_table *from = &d->from.tables.items[a];
		const struct rdb_backup_table *to = &d->to.tables.items[b];
		int order = a == d->from.tables.count ? 1
			    : b == d->to.tables.count ? -1
						      : rdb_backup_table_compare(from, to);
		if (order == 0)
			ret = compare_table(d, from, to, err);
		else
			ret = only_one_side(d, order < 0 ? from : to, order > 0, err);
		a += order <= 0;
		b += order >= 0;
	}
	return ret;
}

/* ---- the command ---- */

/* A name given with -i must be in one of the backups at least. */
static int list_tables(struct diff *d, struct rdb_err *err)
{
	const struct rdb_list *names = &d->settings->import;
	struct rdb_err why = {0};
	int a = rdb_backup_tables_list(d->from.archive, (const char *const *)names->items,
		names->count, &d->from.tables, &why);
	int b = rdb_backup_tables_list(
		d->to.archive, (const char *const *)names->items, names->count, &d->to.tables, err);

	if (a == 0 && b == -ENOENT)
		rdb_err_clear(err);
	if (a != 0 && (a != -ENOENT || b != 0))
		return rdb_err_set(err, why.code, "%s: %s", d->from.name, why.text);
	if (b != 0 && b != -ENOENT)
		rdb_err_prefix(err, "%s: ", d->to.name);
	return b == -ENOENT ? 0 : b;
}

static int run(struct diff *d, struct rdb_err *err)
{
	int ret =
		rdb_backup_argument_open(d->settings, d->env, d->from.name, &d->from.archive, err);

	if (ret == 0)
		ret = rdb_backup_argument_open(
			d->settings, d->env, d->to.name, &d->to.archive, err);
	if (ret == 0)
		ret = list_tables(d, err);
	if (ret == 0)
		ret = compare_tables(d, err);
	if (ret == 0)
		rdb_difference_counts_print(&d->out, NULL, NULL, &d->total);
	rdb_backup_tables_free(&d->from.tables);
	rdb_backup_tables_free(&d->to.tables);
	if (d->from.archive)
		rdb_archive_unref(d->from.archive);
	if (d->to.archive)
		rdb_archive_unref(d->to.archive);
	return ret;
}

static bool wants_colour(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !getenv("NO_COLOR") && term && strcmp(term, "dumb") != 0;
}

int rdb_command_diff(const struct rdb_settings *settings, struct rdb_err *err)
{
	struct diff d = {.settings = settings,
		.from.name = settings->args.items[0],
		.to.name = settings->args.items[1],
		.out = {.file = stdout, .json = settings->json, .stat = settings->stat}};

	d.out.colour = wants_colour();
	if (rdb_backup_argument_env(settings, &d.env, err) != 0)
		return RDB_EXIT_FAILED;
	int ret = run(&d, err);
	rdb_archive_env_destroy(d.env);
	if (ret != 0)
		return RDB_EXIT_FAILED;
	return d.different ? RDB_EXIT_DIFFERENT : RDB_EXIT_OK;
}
