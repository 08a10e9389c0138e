/* The command "rdbfs list" prints the backups of a source, without a mount. */
#include "backup/backup.h"
#include "base/pool.h"
#include "cmd/backup_argument.h"
#include "cmd/command.h"
#include "cmd/lines.h"
#include "cmd/list_table.h"
#include "cmd/max_age.h"
#include "cmd/paths.h"
#include "cmd/settings.h"
#include "cmd/store_options.h"
#include "tree/report.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define READERS 8 /* backups read in parallel, because a request to a bucket takes long */

struct listed {
	struct rdb_summary summary;
	struct rdb_archive_facts facts;
	struct rdb_types_lineage lineage;
	char type[RDB_TYPE_MAX];
};

struct list {
	const struct rdb_settings *settings;
	char *source;
	struct rdb_store *store;
	struct rdb_types *types;
	struct rdb_archive_env *archives;
	const struct rdb_listing *listing; /* NULL before the store is listed */
	struct listed *backups;
	atomic_size_t next; /* index of the next entry to read */
	size_t counts[RDB_ARCHIVE_STATES];
	const struct listed *latest, *last_good; /* NULL if there is no such backup */
};

/* ---- one backup ---- */

/* Opens the backup, and reads its lineage through the same source, so that no bytes are requested
 * twice. */
static int open_backup(
	struct list *list, struct listed *backup, struct rdb_archive **out, struct rdb_err *err)
{
	const struct rdb_entry *entry = backup->summary.entry;
	struct rdb_source *source;
	int ret;

	if (entry->kind == RDB_ENTRY_FOLDER)
		return rdb_backup_argument_entry(
			list->archives, list->store, entry, entry->name, out, err);
	ret = rdb_store_open_entry(list->store, entry, &source, err);
	if (ret != 0)
		return ret;
	rdb_types_lineage_from(list->types, entry, source, &backup->lineage, NULL);
	return rdb_archive_open(list->archives, source, entry->name, out, err);
}

static void look_inside(struct list *list, struct listed *backup, bool whole)
{
	const struct rdb_entry *entry = backup->summary.entry;
	struct rdb_archive *archive;
	struct rdb_err err = {0};
	int ret = open_backup(list, backup, &archive, &err);

	if (ret == 0 && whole)
		rdb_archive_complete(archive, NULL, &backup->facts);
	else if (ret == 0)
		rdb_archive_facts(archive, &backup->facts);
	if (ret == 0)
		rdb_archive_unref(archive);
	else
		rdb_archive_facts_unopened(&backup->facts, entry->size, &err);
	backup->summary.taken = rdb_facts_taken(&backup->facts, entry->taken, entry->dated);
}

/* Gets the facts about a backup without opening the backup. Returns false if the caller must open
 * the backup. */
static bool recall(struct list *list, struct listed *backup)
{
	const struct rdb_entry *entry = backup->summary.entry;
	const struct rdb_identity identity = {
		.size = entry->size, .mtime = entry->mtime, .version = entry->version};

	/* An archive that rdbfs has made contains an index with the facts, so the caller must open
	 * this archive. -ENOENT means that rdbfs has not made the archive. */
	if (!entry->version ||
		rdb_types_lineage_known(list->types, entry, &backup->lineage) != -ENOENT ||
		rdb_archive_facts_stored(list->archives, &identity, &backup->facts) != 0)
		return false;
	backup->summary.taken = rdb_facts_taken(&backup->facts, entry->taken, entry->dated);
	return true;
}

static void look(struct list *list, const struct rdb_entry *entry, struct listed *out)
{
	out->summary.entry = entry;
	rdb_types_get(list->types, entry, out->type);
	if (!recall(list, out))
		look_inside(list, out, false);
	out->summary.scope = out->lineage.scope;
}

static void look_at_some(void *arg)
{
	struct list *list = arg;
	size_t i;

	while ((i = atomic_fetch_add(&list->next, 1)) < list->listing->count)
		look(list, list->listing->entries[i], &list->backups[i]);
}

/* ---- all of them ---- */

static int look_at_each(struct list *list, struct rdb_err *err)
{
	struct rdb_pool *pool;

	list->backups = calloc(list->listing->count + 1, sizeof(*list->backups));
	if (!list->backups || rdb_pool_create(READERS, false, &pool) != 0)
		return rdb_err_sys(err, ENOMEM, "listing");
	for (size_t i = 1; i < READERS && i < list->listing->count; i++)
		rdb_pool_run(
			pool, look_at_some, list); /* on failure, fewer threads share the work */
	look_at_some(list);
	rdb_pool_destroy(pool);
	return 0;
}

static int by_age(const void *a, const void *b)
{
	const struct rdb_summary *one = &((const struct listed *)a)->summary;
	const struct rdb_summary *other = &((const struct listed *)b)->summary;

	return rdb_age_order(one->taken, one->entry->name, other->taken, other->entry->name);
}

static void sort(struct list *list)
{
	qsort(list->backups, list->listing->count, sizeof(*list->backups), by_age);
	for (size_t i = 0; i < list->listing->count; i++) {
		list->backups[i].summary.type = list->backups[i].type;
		list->backups[i].summary.facts = &list->backups[i].facts;
	}
}

static struct listed *find_good(struct list *list)
{
	for (size_t i = 0; i < list->listing->count; i++) {
		struct listed *backup = &list->backups[i];
		if (rdb_summary_is_good(&backup->facts, backup->summary.taken))
			return backup;
	}
	return NULL;
}

static bool is_unknown(const struct listed *backup)
{
	return backup->facts.state == RDB_ARCHIVE_UNVERIFIED && !backup->facts.checked;
}

/* Verifies the newest backup without known damage, unless the backup was verified before. If the
 * backup proves to be damaged, continues with the next older backup. */
static void verify_good(struct list *list)
{
	struct listed *good;

	while ((good = find_good(list)) && is_unknown(good)) {
		look_inside(list, good, true);
		if (is_unknown(good))
			return;
		sort(list);
	}
}

/* Returns how many of the newest backups to index, as the option --index says. Ignores the
 * configuration file, because its setting "index" is meant for mounts. */
static size_t count_to_index(const struct list *list)
{
	static const size_t counts[] = {1, SIZE_MAX, 0}; /* for --index newest, all and none */
	size_t count = counts[list->settings->index];

	if (rdb_option_origin("index", list->settings) < RDB_ORIGIN_ENVIRONMENT)
		return 0;
	return count < list->listing->count ? count : list->listing->count;
}

static void index_some(struct list *list)
{
	size_t count = count_to_index(list);

	for (size_t i = 0; i < count; i++)
		if (list->backups[i].facts.state == RDB_ARCHIVE_UNVERIFIED)
			look_inside(list, &list->backups[i], true);
	sort(list);
}

/* Returns the time by which the latest backup is chosen: the time in the file name, or
 * summary.taken if the name has no time. By this rule, a mount can choose the same backup without
 * reading all archives. */
static time_t rank(const struct listed *backup)
{
	const struct rdb_entry *entry = backup->summary.entry;

	return entry->dated ? entry->taken : backup->summary.taken;
}

static bool is_later(const struct listed *one, const struct listed *other)
{
	return rdb_age_order(rank(one), one->summary.entry->name, rank(other),
		       other->summary.entry->name) < 0;
}

static int look_at_all(struct list *list, struct rdb_err *err)
{
	int ret = look_at_each(list, err);

	if (ret != 0)
		return ret;
	sort(list);
	index_some(list);
	if (list->settings->max_age)
		verify_good(list);
	list->last_good = find_good(list);
	for (size_t i = 0; i < list->listing->count; i++) {
		const struct listed *backup = &list->backups[i];
		list->counts[backup->facts.state]++;
		if (!rdb_archive_state_is_damaged(backup->facts.state) &&
			(!list->latest || is_later(backup, list->latest)))
			list->latest = backup;
	}
	return 0;
}

/* ---- for programs ---- */

static json_t *json_of(const struct list *list)
{
	const struct listed *good = list->last_good;
	json_t *backups = json_array();

	for (size_t i = 0; i < list->listing->count; i++)
		json_array_append_new(backups, rdb_summary_json(&list->backups[i].summary));
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "version", RDBFS_VERSION, "source",
		rdb_report_string(list->store->where), "latest",
		list->latest ? rdb_report_string(list->latest->summary.entry->name) : json_null(),
		"last_good", good ? rdb_summary_last_good(&good->summary) : json_null(), "counts",
		rdb_summary_counts(list->counts), "backups", backups, "not_listed",
		rdb_summary_passed_over(list->listing));
}

static int put_json(const struct list *list, struct rdb_err *err)
{
	json_t *json = json_of(list);
	int ret = json && json_dumpf(json, stdout, JSON_INDENT(2)) == 0 && putchar('\n') == '\n'
			  ? 0
			  : rdb_err_sys(err, json ? EIO : ENOMEM, "writing");

	json_decref(json);
	return ret;
}

/* ---- for people ---- */

static int put_table(const struct list *list, struct rdb_err *err)
{
	struct rdb_list_table table;
	struct rdb_buf text = {0};
	int ret = rdb_list_table_init(&table);

	for (size_t i = 0; i < list->listing->count && ret == 0; i++)
		ret = rdb_list_table_add(&table, &list->backups[i].summary);
	if (ret == 0 && list->listing->count)
		ret = rdb_list_table_format(&table, &text);
	if (ret == 0)
		ret = rdb_list_table_passed_over(list->listing, &text);
	if (ret == 0 && list->listing->count == 0)
		printf("there are no backups in %s\n", list->store->where);
	ret = ret ? rdb_err_sys(err, -ret, "listing") : rdb_lines_put(&text, err);
	rdb_list_table_free(&table);
	rdb_buf_free(&text);
	return ret;
}

/* ---- the command ---- */

static int choose_source(struct list *list, struct rdb_err *err)
{
	const struct rdb_settings *settings = list->settings;
	const char *argument = settings->args.count ? settings->args.items[0] : NULL;

	if (argument && rdb_option_origin("source", settings) == RDB_ORIGIN_ARGV)
		return rdb_err_set(err, EINVAL,
			"the folder of backups is given twice: %s and --source %s", argument,
			settings->source);
	if (!argument)
		argument = settings->source;
	list->source = argument ? strdup(argument) : rdb_path_backups(err);
	if (!list->source)
		return argument ? rdb_err_sys(err, ENOMEM, "listing") : -EINVAL;
	return 0;
}

static int open_source(struct list *list, struct rdb_err *err)
{
	int ret;

	ret = rdb_command_store_open(list->settings, list->source, NULL, &list->store, err);
	if (ret == 0)
		ret = rdb_store_list(list->store, &list->listing, err);
	if (ret == 0 && rdb_types_create(list->store, &list->types) != 0)
		ret = rdb_err_sys(err, ENOMEM, "listing");
	return ret;
}

static int check_age(const struct list *list, struct rdb_err *err)
{
	const struct rdb_summary *good = list->last_good ? &list->last_good->summary : NULL;

	const struct rdb_max_age_backup backup = {.name = good ? good->entry->name : NULL,
		.taken = good ? good->taken : 0,
		.unreachable = good && good->facts->state == RDB_ARCHIVE_UNREACHABLE
				       ? good->facts->error.text
				       : NULL};

	return rdb_max_age_check(list->store->where, &backup, list->settings->max_age, err);
}

static int show(struct list *list, struct rdb_err *err)
{
	int ret = look_at_all(list, err);

	if (ret == 0 && !list->settings->quiet)
		ret = list->settings->json ? put_json(list, err) : put_table(list, err);
	return ret ? ret : check_age(list, err);
}

static void release(struct list *list)
{
	rdb_types_destroy(list->types);
	rdb_listing_unref(list->listing);
	if (list->archives)
		rdb_archive_env_destroy(list->archives);
	rdb_store_close(list->store);
	free(list->backups);
	free(list->source);
}

int rdb_command_list(const struct rdb_settings *settings, struct rdb_err *err)
{
	struct list list = {.settings = settings};
	int ret = choose_source(&list, err);

	if (ret == 0)
		ret = rdb_backup_argument_env(settings, &list.archives, err);
	if (ret == 0)
		ret = open_source(&list, err);
	if (ret == 0)
		ret = show(&list, err);
	release(&list);
	return ret == 0 ? RDB_EXIT_OK : ret == -EINVAL ? RDB_EXIT_USAGE : RDB_EXIT_FAILED;
}
