#include "cmd/cmd_check.h"

#include "archive/archive.h"
#include "base/printable.h"
#include "cmd/backup_argument.h"
#include "cmd/command.h"
#include "cmd/lines.h"
#include "cmd/settings.h"
#include "cmd/store_options.h"
#include "cmd/target.h"
#include "compose/store_kind.h"
#include "format/member_name.h"
#include "job/scope.h"
#include "store/file_name.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct checking {
	struct rdb_archive *archive;
	const char *path;
	const char *only; /* DATABASE or DATABASE.TABLE; NULL for everything */
	const char *db;   /* database whose tables are being read */
	uint64_t tables;
	uint64_t documents;
	uint64_t faults;
	struct rdb_err failure; /* error of the archive's source; code 0 if none */
	bool quiet;
	char delimiter; /* 0 means a comma */
};

/* Returns the error message "text" without the archive's path at its start, because the caller
 * prints the path itself. */
static const char *without_path(const struct checking *c, const char *text)
{
	size_t len = strlen(c->path);
	const char *end = strncmp(text, c->path, len) == 0 ? strstr(text + len, ": ") : NULL;

	return end ? end + 2 : text;
}

/* ---- tables ---- */

static int read_table(struct checking *c, const struct rdb_member *member,
	struct rdb_table_check *table, struct rdb_err *err)
{
	struct rdb_reader *reader;
	struct rdb_read read = {0};
	uint64_t off = 0;
	int ret = rdb_reader_open(c->archive, member->number, &reader);

	if (ret != 0)
		return rdb_err_sys(err, -ret, "opening");
	do {
		ret = rdb_reader_read(reader, off, RDB_READ_MAX, &read, err);
		for (int i = 0; i < read.count && ret == 0; i++)
			ret = rdb_table_check_feed(
				table, read.iov[i].iov_base, read.iov[i].iov_len, err);
		off += ret == 0 ? read.len : 0;
		rdb_read_done(&read);
	} while (ret == 0 && read.len > 0);
	if (ret != 0 && rdb_reader_source_failed(reader))
		rdb_err_set(&c->failure, EIO, "%s/%s: %s", c->db, member->file,
			without_path(c, err->text));
	rdb_reader_close(reader);
	if (ret == 0 && off != member->size)
		ret = rdb_err_set(err, EIO, "it ends after %" PRIu64 " of %" PRIu64 " bytes", off,
			member->size);
	return ret;
}

static int check_table(struct checking *c, const struct rdb_member *member, struct rdb_err *err)
{
	struct rdb_table_check table;
	struct rdb_table_facts facts;
	int ret;

	rdb_archive_table_facts(c->archive, member->number, &facts);
	rdb_table_check_init(&table, member->kind, c->delimiter, facts.primary_key);
	table.blank = rdb_name_blank(member->file);
	ret = read_table(c, member, &table, err);
	if (ret == 0)
		ret = rdb_table_check_end(&table, err);
	c->documents += table.documents;
	c->tables += member->kind != RDB_MEMBER_INFO;
	rdb_table_check_free(&table);
	return ret;
}

/* Prints the damaged parts of a table. Adjoining parts are printed as one range. "part" is the
 * table's first damaged part. */
static void say_damage(
	const struct checking *c, const struct rdb_member *member, struct rdb_damaged_part part)
{
	struct rdb_damaged_part next;

	do {
		while (rdb_archive_member_damage(c->archive, member->number, part.to, &next) &&
			next.from == part.to) {
			part.to = next.to;
			part.source_to = next.source_to;
		}
		rdb_lines_print(stdout,
			"%s: %s/%s: damaged from byte %" PRIu64 " to %" PRIu64
			" of its text (bytes %" PRIu64 " to %" PRIu64 " of the archive)",
			c->path, c->db, member->file, part.from, part.to - 1, part.source_from,
			part.source_to - 1);
	} while (rdb_archive_member_damage(c->archive, member->number, part.to, &part));
}

static bool is_wanted(const struct checking *c, const char *file)
{
	return !c->only || rdb_scope_names(c->only, c->db, file, rdb_name_table(file));
}

static bool on_member(void *arg, const struct rdb_member *member, size_t position)
{
	struct checking *c = arg;
	struct rdb_damaged_part part;
	struct rdb_err err = {0};

	(void)position;
	if (!is_wanted(c, member->file))
		return true;
	if (rdb_archive_member_damage(c->archive, member->number, 0, &part) &&
		part.source_to > part.source_from) {
		c->faults++;
		say_damage(c, member, part);
		return true;
	}
	if (check_table(c, member, &err) != 0 && !c->failure.code) {
		c->faults++;
		rdb_lines_print(stdout, "%s: %s/%s: %s", c->path, c->db, member->file,
			without_path(c, err.text));
	}
	return !c->failure.code;
}

static bool on_db(void *arg, const struct rdb_database *db, size_t position)
{
	struct checking *c = arg;

	(void)position;
	c->db = db->name;
	rdb_archive_each_member(c->archive, db->name, 0, on_member, c);
	return !c->failure.code;
}

/* ---- the archive ---- */

static int report(struct checking *c, const struct rdb_archive_facts *facts)
{
	if (facts->state != RDB_ARCHIVE_OK) {
		rdb_lines_print(stdout, "%s: damaged: %s", c->path, facts->error.text);
		return RDB_EXIT_DAMAGED;
	}
	if (c->faults) {
		rdb_lines_print(
			stdout, "%s: damaged: %" PRIu64 " of its files", c->path, c->faults);
		return RDB_EXIT_DAMAGED;
	}
	if (c->tables == 0 && facts->tables > 0) {
		rdb_lines_print(
			stdout, "%s: damaged: there are no documents of any table in it", c->path);
		return RDB_EXIT_DAMAGED;
	}
	if (!c->quiet)
		rdb_lines_print(stdout, "%s: ok: %" PRIu64 " table%s, %" PRIu64 " document%s",
			c->path, c->tables, rdb_plural(c->tables), c->documents,
			rdb_plural(c->documents));
	return RDB_EXIT_OK;
}

/* Prints that the archive cannot be read. The exit code says that the archive is damaged only if
 * damage was found before. */
static int report_unreachable(const struct checking *c, const struct rdb_archive_facts *facts,
	const struct rdb_settings *settings)
{
	struct rdb_err err = {0};

	rdb_archive_err_unreachable(facts, c->path, &err);
	rdb_lines_error(settings, &err);
	return c->faults ? RDB_EXIT_DAMAGED : RDB_EXIT_FAILED;
}

/* Checks the archive's tables, or only the tables that the user has named. Checks no table of an
 * unreachable or unreadable archive. Exception: in a folder with unreachable files, the tables that
 * the user has named are checked. */
static void check_tables(struct checking *c, struct rdb_archive_facts *facts)
{
	bool alone = facts->state == RDB_ARCHIVE_UNREACHABLE && c->only &&
		     rdb_archive_is_listed_folder(c->archive);

	if (alone)
		facts->state = RDB_ARCHIVE_OK;
	if (facts->state != RDB_ARCHIVE_UNREACHABLE && facts->state != RDB_ARCHIVE_UNREADABLE)
		rdb_archive_each_db(c->archive, 0, on_db, c);
	if (c->failure.code)
		rdb_archive_facts_unopened(facts, facts->size, &c->failure);
}

static int check_opened(struct rdb_archive *archive, const char *path, const char *only,
	const struct rdb_settings *settings)
{
	struct checking c = {
		.archive = archive,
		.path = path,
		.only = only,
		.quiet = settings->quiet,
		.delimiter = settings->delimiter,
	};
	struct rdb_archive_facts facts;

	rdb_archive_complete(archive, NULL, &facts);
	check_tables(&c, &facts);
	if (facts.state == RDB_ARCHIVE_UNREACHABLE)
		return report_unreachable(&c, &facts, settings);
	return report(&c, &facts);
}

static int check_archive(struct rdb_archive_env *env, const char *path, const char *only,
	const struct rdb_settings *settings)
{
	struct rdb_archive *archive;
	struct rdb_err err = {0};
	int code;

	if (rdb_backup_argument_file(settings, env, path, &archive, &err) != 0) {
		rdb_lines_error(settings, &err);
		return RDB_EXIT_FAILED;
	}
	code = check_opened(archive, path, only, settings);
	rdb_archive_unref(archive);
	return code;
}

static int worse(int one, int other)
{
	return one > other ? one : other;
}

/* ---- folders and arguments ---- */

static int check_entry(struct rdb_archive_env *env, struct rdb_store *store,
	const struct rdb_entry *entry, const struct rdb_settings *settings)
{
	struct rdb_archive *archive;
	struct rdb_err err = {0};
	int code = RDB_EXIT_FAILED, ret;
	char *name;

	name = rdb_store_address(store, entry);
	ret = name ? rdb_backup_argument_entry(env, store, entry, name, &archive, &err)
		   : rdb_err_sys(&err, ENOMEM, "%s", store->where);
	if (ret == 0) {
		code = check_opened(archive, name, NULL, settings);
		rdb_archive_unref(archive);
	} else {
		rdb_lines_error(settings, &err);
	}
	free(name);
	return code;
}

static int check_folder(
	struct rdb_archive_env *env, const char *source, const struct rdb_settings *settings)
{
	const struct rdb_store_options with = {.recursive = true};
	const struct rdb_listing *listing = NULL;
	struct rdb_store *store = NULL;
	struct rdb_err err = {0};
	int code = RDB_EXIT_OK;
	int ret = rdb_command_store_open(settings, source, &with, &store, &err);

	if (ret == 0)
		ret = rdb_store_list(store, &listing, &err);
	if (ret == 0 && listing->count == 0)
		ret = rdb_err_set(&err, ENOENT, "%s: there are no archives", store->where);
	for (size_t i = 0; ret == 0 && i < listing->count; i++)
		code = worse(code, check_entry(env, store, listing->entries[i], settings));
	rdb_listing_unref(listing);
	rdb_store_close(store);
	if (ret == 0)
		return code;
	rdb_lines_error(settings, &err);
	return RDB_EXIT_FAILED;
}

static bool is_remote_folder(const char *name)
{
	const char *file = strrchr(name, '/');
	size_t base;

	return rdb_store_is_remote(name) && file && !rdb_name_is_archive(file + 1, &base);
}

static int check_argument(
	struct rdb_archive_env *env, const char *path, const struct rdb_settings *settings)
{
	struct rdb_target target;
	struct rdb_err err = {0};
	int code = RDB_EXIT_OK;

	if (is_remote_folder(path))
		return check_folder(env, path, settings);
	if (rdb_store_is_remote(path))
		return check_archive(env, path, NULL, settings);
	if (rdb_target_find(path, &target, &err) != 0) {
		rdb_lines_error(settings, &err);
		return RDB_EXIT_FAILED;
	}
	for (size_t i = 0; i < target.many.count; i++)
		code = worse(code, check_archive(env, target.many.items[i], NULL, settings));
	if (target.many.count == 0)
		code = check_archive(env, target.path, target.name, settings);
	rdb_target_free(&target);
	return code;
}

int rdb_command_check(const struct rdb_settings *settings, struct rdb_err *err)
{
	/* Continue to read after damage, so that the check finds all damage. */
	const struct rdb_archive_env_options options = {
		.cache_size = UINT64_C(64) << 20,
		.allow_damaged = true,
	};
	struct rdb_archive_env *env;
	int code = RDB_EXIT_OK;

	if (rdb_archive_env_create(&options, &env, err) != 0)
		return RDB_EXIT_FAILED;
	for (size_t i = 0; i < settings->args.count; i++)
		code = worse(code, check_argument(env, settings->args.items[i], settings));
	rdb_archive_env_destroy(env);
	return code;
}
