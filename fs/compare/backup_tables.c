#include "compare/backup_tables.h"

#include "base/array.h"
#include "format/info.h"
#include "format/member_name.h"
#include "job/scope.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct listing {
	struct rdb_archive *archive;
	struct rdb_backup_tables *out;
	const char *db;
	const char *const *names;
	size_t count;
	int ret;
};

/* ---- selection ---- */

static bool is_wanted(const struct listing *l, const char *table, size_t len)
{
	for (size_t i = 0; i < l->count; i++)
		if (rdb_scope_names(l->names[i], l->db, table, len))
			return true;
	return l->count == 0;
}

static int check_names(const struct listing *l, struct rdb_err *err)
{
	for (size_t i = 0; i < l->count; i++) {
		bool found = false;
		for (size_t t = 0; t < l->out->count && !found; t++) {
			const struct rdb_backup_table *table = &l->out->items[t];
			found = rdb_scope_names(
				l->names[i], table->db, table->name, strlen(table->name));
		}
		if (!found)
			return rdb_err_set(
				err, ENOENT, "the backup has no table \"%s\"", l->names[i]);
	}
	return 0;
}

/* ---- listing ---- */

static struct rdb_backup_table *table_of(struct listing *l, const char *name, size_t len)
{
	struct rdb_backup_tables *out = l->out;
	struct rdb_backup_table *table;

	for (size_t i = out->count; i-- > 0 && out->items[i].db == l->db;)
		if (strlen(out->items[i].name) == len && memcmp(out->items[i].name, name, len) == 0)
			return &out->items[i];
	if (rdb_array_grow(&out->items, &out->cap, out->count, sizeof(*table)) != 0)
		return NULL;
	table = &out->items[out->count];
	*table = (struct rdb_backup_table){.db = l->db, .name = strndup(name, len)};
	if (!table->name)
		return NULL;
	out->count++;
	return table;
}

/* Sets the table's primary key if the archive's list of tables lacks the key. Reads the key from
 * the table's .info file. The default is "id". */
static void complete_primary_key(struct rdb_archive *archive, struct rdb_backup_table *table)
{
	struct rdb_buf info = {0};
	int64_t indexes;

	if (table->primary_key[0])
		return;
	if (table->has_info && rdb_backup_table_info(archive, table, &info, NULL) == 0)
		(void)rdb_info_parse(info.data, info.len, &indexes, table->primary_key);
	rdb_buf_free(&info);
	if (!table->primary_key[0])
		memcpy(table->primary_key, "id", sizeof("id"));
}

static bool on_member(void *arg, const struct rdb_member *member, size_t position)
{
	struct listing *l = arg;
	size_t len = rdb_name_table(member->file);
	struct rdb_backup_table *table;
	struct rdb_table_facts facts;

	(void)position;
	if (!is_wanted(l, member->file, len))
		return true;
	table = table_of(l, member->file, len);
	if (!table) {
		l->ret = -ENOMEM;
		return false;
	}
	if (member->kind == RDB_MEMBER_INFO) {
		table->info = *member;
		table->has_info = true;
	} else {
		table->documents = *member;
		table->has_documents = true;
	}
	rdb_archive_table_facts(l->archive, member->number, &facts);
	memcpy(table->primary_key, facts.primary_key, sizeof(table->primary_key));
	return true;
}

static bool on_db(void *arg, const struct rdb_database *db, size_t position)
{
	struct listing *l = arg;
	int ret;

	(void)position;
	l->db = db->name;
	ret = rdb_archive_each_member(l->archive, db->name, 0, on_member, l);
	if (l->ret == 0)
		l->ret = ret;
	return l->ret == 0;
}

static int by_database_and_name(const void *a, const void *b)
{
	const struct rdb_backup_table *left = a, *right = b;
	int order = strcmp(left->db, right->db);

	return order ? order : strcmp(left->name, right->name);
}

int rdb_backup_tables_list(struct rdb_archive *archive, const char *const *names, size_t count,
	struct rdb_backup_tables *out, struct rdb_err *err)
{
	struct listing l = {.archive = archive, .out = out, .names = names, .count = count};
	int ret;

	*out = (struct rdb_backup_tables){0};
	ret = rdb_archive_each_db(archive, 0, on_db, &l);
	if (ret == 0)
		ret = l.ret;
	if (ret != 0)
		rdb_err_sys(err, -ret, "the tables of the backup");
	else
		ret = check_names(&l, err);
	for (size_t i = 0; ret == 0 && i < out->count; i++)
		complete_primary_key(archive, &out->items[i]);
	if (ret != 0)
		rdb_backup_tables_free(out);
	else if (out->count > 0)
		qsort(out->items, out->count, sizeof(*out->items), by_database_and_name);
	return ret;
}

void rdb_backup_tables_free(struct rdb_backup_tables *tables)
{
	for (size_t i = 0; i < tables->count; i++)
		free(tables->items[i].name);
	free(tables->items);
	*tables = (struct rdb_backup_tables){0};
}

/* ---- metadata ---- */

static int append_read(const struct rdb_read *read, struct rdb_buf *out)
{
	int ret = 0;

	for (int i = 0; ret == 0 && i < read->count; i++)
		ret = rdb_buf_add(out, read->iov[i].iov_base, read->iov[i].iov_len);
	return ret;
}

int rdb_backup_table_info(struct rdb_archive *archive, const struct rdb_backup_table *table,
	struct rdb_buf *out, struct rdb_err *err)
{
	struct rdb_reader *reader;
	struct rdb_read read = {0};
	uint64_t off = 0;
	int ret;

	if (!table->has_info)
		return 0;
	if (table->info.size > RDB_INFO_MAX)
		return rdb_err_set(err, EINVAL, "%s/%s is longer than %d bytes", table->db,
			table->info.file, RDB_INFO_MAX);
	ret = rdb_reader_open(archive, table->info.number, &reader);
	if (ret != 0)
		return rdb_err_sys(err, -ret, "%s/%s", table->db, table->info.file);
	while (ret == 0 && off < table->info.size) {
		size_t left = (size_t)(table->info.size - off);
		ret = rdb_reader_read(
			reader, off, left < RDB_READ_MAX ? left : RDB_READ_MAX, &read, err);
		if (ret == 0 && read.len == 0)
			ret = rdb_err_set(
				err, EIO, "%s/%s ends early", table->db, table->info.file);
		off += ret == 0 ? read.len : 0;
		if (ret == 0 && append_read(&read, out) != 0)
			ret = rdb_err_sys(err, ENOMEM, "%s/%s", table->db, table->info.file);
		rdb_read_done(&read);
	}
	rdb_reader_close(reader);
	return ret;
}
