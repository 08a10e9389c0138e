/* The command diff: prints the differences between two backups, or between a backup and a
 * cluster. */
#include "base/log.h"
#include "cmd/backup_argument.h"
#include "cmd/bar.h"
#include "cmd/command.h"
#include "cmd/diff_side.h"
#include "cmd/difference.h"
#include "cmd/pager.h"
#include "cmd/settings.h"
#include "compare/sorted_documents.h"
#include "io/scratch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct diff {
	const struct rdb_settings *settings;
	struct rdb_archive_env *env;
	struct rdb_diff_side from, to;
	struct rdb_difference_output out;
	struct rdb_difference_counts total;
	bool different;
	unsigned damaged; /* number of tables that cannot be compared */

	const char *db, *table;
	const char *key;                    /* NULL if the two sides have different keys */
	struct rdb_difference_output lines; /* output for the lines about the table */
};

/* ---- documents ---- */

static int open_documents(const struct diff *d, const struct rdb_diff_side *side,
	const struct rdb_diff_table *table, bool sort, struct rdb_document_source **out,
	struct rdb_err *err)
{
	int ret = rdb_diff_side_documents(side, table, d->key, out, err);

	if (ret == 0 && sort)
		ret = rdb_sorted_documents(*out, d->key, d->settings->temp_dir, out, err);
	return ret;
}

static int on_document(void *arg, const struct rdb_difference *difference, struct rdb_err *err)
{
	struct diff *d = arg;

	if (rdb_difference_document(&d->lines, d->db, d->table, difference) != 0)
		return rdb_err_sys(err, ENOMEM, "%s.%s", d->db, d->table);
	if (ferror(d->lines.file))
		return rdb_err_sys(err, errno ? errno : EIO, "%s",
			d->lines.file == d->out.file ? "standard output" : "a temporary file");
	return 0;
}

struct pair {
	const struct rdb_diff_table *from, *to;
	bool known; /* it is known whether both versions are sorted */
	bool sort_from, sort_to;
};

/* Pairs two versions of a table, and chooses which versions to sort before the comparison. A
 * version out of key order is sorted. If "doubt" is true, a version whose order is unknown is also
 * sorted. */
static struct pair make_pair(const struct diff *d, const struct rdb_diff_table *from,
	const struct rdb_diff_table *to, bool doubt)
{
	enum rdb_table_order a = rdb_diff_side_order(&d->from, from, d->key);
	enum rdb_table_order b = rdb_diff_side_order(&d->to, to, d->key);

	return (struct pair){
		.from = from,
		.to = to,
		.known = a != RDB_TABLE_ORDER_UNKNOWN && b != RDB_TABLE_ORDER_UNKNOWN,
		.sort_from = doubt ? a != RDB_TABLE_IN_ORDER : a == RDB_TABLE_OUT_OF_ORDER,
		.sort_to = doubt ? b != RDB_TABLE_IN_ORDER : b == RDB_TABLE_OUT_OF_ORDER,
	};
}

static int compare_documents(struct diff *d, const struct pair *pair,
	struct rdb_difference_counts *counts, struct rdb_err *err)
{
	struct rdb_document_source *a = NULL, *b = NULL;
	int ret = open_documents(d, &d->from, pair->from, pair->sort_from, &a, err);

	if (ret == 0)
		ret = open_documents(d, &d->to, pair->to, pair->sort_to, &b, err);
	if (ret == 0)
		ret = rdb_compare(a, b, d->key, counts, on_document, d, err);
	if (ret < 0 && ret != -EDOM && b)
		rdb_err_prefix(err, "%s.%s: ", pair->to->db, pair->to->name);
	rdb_document_source_close(a);
	rdb_document_source_close(b);
	return ret;
}

static int copy_lines(FILE *from, FILE *to, struct rdb_err *err)
{
	char buf[65536];
	size_t len;

	rewind(from);
	while ((len = fread(buf, 1, sizeof(buf), from)) > 0)
		if (fwrite(buf, 1, len, to) != len)
			return rdb_err_set(err, EIO, "standard output could not be written to");
	return ferror(from) ? rdb_err_set(err, EIO, "a temporary file could not be read") : 0;
}

/* Compares two versions of a table, and prints the differences after the comparison has succeeded.
 * If the documents of one version prove not to be sorted by the primary key, returns -EDOM and
 * prints nothing. */
static int try_compare(struct diff *d, const struct pair *pair,
	struct rdb_difference_counts *counts, struct rdb_err *err)
{
	int ret, fd = rdb_scratch_open(d->settings->temp_dir, err);

	if (fd < 0)
		return fd;
	d->lines = d->out;
	d->lines.file = fdopen(fd, "w+");
	if (!d->lines.file) {
		ret = rdb_err_sys(err, errno, "a temporary file");
		close(fd);
		return ret;
	}
	ret = compare_documents(d, pair, counts, err);
	if (ret == 0)
		ret = copy_lines(d->lines.file, d->out.file, err);
	fclose(d->lines.file);
	return ret;
}

static int compare_ordered(struct diff *d, const struct rdb_diff_table *from,
	const struct rdb_diff_table *to, struct rdb_difference_counts *counts, struct rdb_err *err)
{
	struct pair pair = make_pair(d, from, to, false);
	int ret = -EDOM;

	if (!pair.known)
		ret = try_compare(d, &pair, counts, err);
	if (!pair.known && ret != -EDOM)
		return ret;
	/* If pair.known is false here, try_compare() has found a version that is not in key order.
	 * Repeat the comparison, and sort each version that is not known to be in key order. */
	if (!pair.known) {
		rdb_err_clear(err);
		pair = make_pair(d, from, to, true);
	}
	d->lines = d->out;
	ret = compare_documents(d, &pair, counts, err);
	if (ret == -EDOM)
		rdb_err_prefix(
			err, "%s.%s: the index of keys does not fit the table: ", to->db, to->name);
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

static int compare_infos(
	struct diff *d, struct rdb_diff_table *from, struct rdb_diff_table *to, struct rdb_err *err)
{
	struct rdb_buf a = {0}, b = {0};
	int ret = rdb_diff_side_info(&d->from, from, &a, err);

	if (ret == 0)
		ret = rdb_diff_side_info(&d->to, to, &b, err);
	if (ret == 0)
		ret = rdb_compare_info((struct rdb_json_span){a.data, a.len},
			(struct rdb_json_span){b.data, b.len}, on_info, d, err);
	if (ret != 0)
		rdb_err_prefix(err, "%s.%s: ", to->db, to->name);
	rdb_buf_free(&a);
	rdb_buf_free(&b);
	return ret;
}

static const char *common_key(const struct rdb_diff_table *from, const struct rdb_diff_table *to)
{
	const char *a = from->primary_key, *b = to->primary_key;

	if (a && b)
		return strcmp(a, b) == 0 ? a : NULL;
	return a ? a : b ? b : "id";
}

static void add_counts(struct rdb_difference_counts *total, const struct rdb_difference_counts *one)
{
	total->added += one->added;
	total->removed += one->removed;
	total->changed += one->changed;
	total->same += one->same;
}

static int not_comparable(struct diff *d, const struct rdb_diff_table *table, struct rdb_err *err)
{
	d->damaged++;
	if (rdb_difference_damaged(&d->out, table->db, table->name) == 0)
		return 0;
	return rdb_err_sys(err, ENOMEM, "%s.%s", table->db, table->name);
}

/* Reports that only one side has the table. If the other side is damaged and may have lost the
 * table, reports that the table cannot be compared. */
static int only_one_side(
	struct diff *d, const struct rdb_diff_table *table, bool added, struct rdb_err *err)
{
	if (rdb_diff_side_may_have(added ? &d->from : &d->to, table->db, table->name))
		return not_comparable(d, table, err);
	d->different = true;
	if (rdb_difference_table(&d->out, table->db, table->name, added) == 0)
		return 0;
	return rdb_err_sys(err, ENOMEM, "%s.%s", table->db, table->name);
}

static int compare_both(
	struct diff *d, struct rdb_diff_table *from, struct rdb_diff_table *to, struct rdb_err *err)
{
	struct rdb_difference_counts counts = {0};
	int ret = compare_infos(d, from, to, err);

	if (ret != 0)
		return ret;
	d->key = common_key(from, to);
	if (!d->key)
		return 0;
	if (!from->has_documents || !to->has_documents) {
		if (from->has_documents == to->has_documents)
			return 0;
		return only_one_side(d, to, to->has_documents, err);
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

static int compare_table(
	struct diff *d, struct rdb_diff_table *from, struct rdb_diff_table *to, struct rdb_err *err)
{
	int ret;

	d->db = to->db;
	d->table = to->name;
	ret = compare_both(d, from, to, err);
	if (ret != -EIO || ferror(d->out.file) ||
		!(rdb_diff_side_damaged(&d->from) || rdb_diff_side_damaged(&d->to)))
		return ret;
	rdb_log_error("%s", err->text);
	rdb_err_clear(err);
	return not_comparable(d, to, err);
}

static int compare_names(const struct rdb_diff_table *a, const struct rdb_diff_table *b)
{
	int order = strcmp(a->db, b->db);

	return order ? order : strcmp(a->name, b->name);
}

static int compare_tables(struct diff *d, struct rdb_err *err)
{
	size_t a = 0, b = 0;
	int ret = 0;

	while (ret == 0 && (a < d->from.count || b < d->to.count)) {
		struct rdb_diff_table *from = &d->from.tables[a], *to = &d->to.tables[b];
		int order = a == d->from.count ? 1
			    : b == d->to.count ? -1
					       : compare_names(from, to);
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

static int check_names(const struct diff *d, const bool *found, struct rdb_err *err)
{
	const struct rdb_list *names = &d->settings->import;

	for (size_t i = 0; i < names->count; i++)
		if (!found[i])
			return rdb_err_set(err, ENOENT, "there is no %s \"%s\" in %s, nor in %s",
				strchr(names->items[i], '.') ? "table" : "database",
				names->items[i], d->from.name, d->to.name);
	return 0;
}

static int open_sides(struct diff *d, bool *found, struct rdb_err *err)
{
	const struct rdb_list *args = &d->settings->args;
	int ret = rdb_diff_side_open_backup(
		&d->from, d->settings, d->env, args->items[0], found, err);

	if (ret == 0 && args->count == 2)
		ret = rdb_diff_side_open_backup(
			&d->to, d->settings, d->env, args->items[1], found, err);
	else if (ret == 0)
		ret = rdb_diff_side_open_cluster(&d->to, d->settings, found, err);
	return ret ? ret : check_names(d, found, err);
}

static int run(struct diff *d, struct rdb_err *err)
{
	bool *found = calloc(d->settings->import.count + 1, sizeof(*found));
	int ret = found ? open_sides(d, found, err) : rdb_err_sys(err, ENOMEM, "names");

	if (ret == 0) {
		if (!d->settings->no_pager)
			rdb_pager_start();
		ret = compare_tables(d, err);
		if (ret == 0)
			rdb_difference_counts_print(&d->out, NULL, NULL, &d->total);
		rdb_pager_end();
	}
	if (ret == 0 && d->to.hooks_unknown)
		rdb_log_warning(
			"the write hooks of %s were not compared: that needs the permission "
			"config",
			d->to.name);
	if (ret == 0 && d->damaged > 0)
		ret = rdb_err_set(err, EIO, "%u %s cannot be compared: %s is damaged", d->damaged,
			d->damaged == 1 ? "table" : "tables",
			rdb_diff_side_damaged(&d->from) ? d->from.name : d->to.name);
	rdb_diff_side_close(&d->from);
	rdb_diff_side_close(&d->to);
	free(found);
	return ret;
}

static int check_sides(const struct rdb_settings *s, struct rdb_err *err)
{
	if (s->args.count == 2 || rdb_settings_name_cluster(s))
		return 0;
	return rdb_err_set(
		err, EINVAL, "usage: rdbfs diff BACKUP BACKUP, or rdbfs diff BACKUP -c HOST:PORT");
}

int rdb_command_diff(const struct rdb_settings *settings, struct rdb_err *err)
{
	struct diff d = {.settings = settings,
		.out = {.file = stdout, .json = settings->json, .stat = settings->stat}};
	int ret = check_sides(settings, err);

	if (ret != 0)
		return RDB_EXIT_FAILED;
	d.out.colour = rdb_bar_fits(STDOUT_FILENO) && !getenv("NO_COLOR");
	if (rdb_backup_argument_env(settings, &d.env, err) != 0)
		return RDB_EXIT_FAILED;
	ret = run(&d, err);
	rdb_archive_env_destroy(d.env);
	if (ret != 0)
		return RDB_EXIT_FAILED;
	return d.different ? RDB_EXIT_DIFFERENT : RDB_EXIT_OK;
}
