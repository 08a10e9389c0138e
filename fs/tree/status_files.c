/* The files .rdbfs/status and .rdbfs/status.json, which show the state of the mount as text and as
 * JSON. */
#include "base/array.h"
#include "base/printable.h"
#include "tree/report.h"
#include "tree/status.h"
#include "tree/summary.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NEWEST 20 /* number of newest backups that always have a line */

struct line {
	const struct rdb_entry *entry;
	struct rdb_backup *backup; /* with a reference; NULL if not in use */
	struct rdb_archive_facts facts;
	time_t taken;
	unsigned held; /* reads that wait for the end of the scan */
};

struct status {
	struct rdb_mount *mount;
	const struct rdb_listing *listing; /* NULL if the store cannot be read */
	struct rdb_err error;              /* why the store cannot be read */
	size_t counts[RDB_ARCHIVE_STATES];
	struct line *lines;
	size_t line_count, line_room;
	struct line last_good; /* newest backup not known to be damaged; entry NULL if none */
};

/* ---- gathering ---- */

static bool worth_a_line(const struct rdb_archive_facts *facts, size_t place)
{
	return place < NEWEST || facts->error.code || facts->state == RDB_ARCHIVE_SCANNING ||
	       rdb_archive_state_is_damaged(facts->state);
}

static int add_line(struct status *status, const struct line *line)
{
	int ret = rdb_array_grow(
		&status->lines, &status->line_room, status->line_count, sizeof(*status->lines));

	if (ret == 0)
		status->lines[status->line_count++] = *line;
	return ret;
}

/* Stores the first good backup in status->last_good. gather() adds the newest backup first. */
static void consider_good(struct status *status, const struct line *line)
{
	if (status->last_good.entry || !rdb_summary_is_good(&line->facts, line->taken))
		return;
	status->last_good = *line;
	status->last_good.backup = NULL;
}

static int add_entry(struct status *status, const struct rdb_aged_entry *aged, size_t place)
{
	struct line line = {.entry = aged->entry, .taken = aged->taken};
	int ret = 0;

	line.facts.size = line.entry->size;
	line.backup = rdb_backups_find(rdb_backup_tree_of(status->mount)->backups, line.entry->id);
	if (line.backup) {
		rdb_backup_facts(line.backup, &line.facts);
		line.held = atomic_load(&line.backup->held);
	}
	status->counts[line.facts.state]++;
	consider_good(status, &line);
	if (worth_a_line(&line.facts, place))
		ret = add_line(status, &line);
	if (line.backup && (ret != 0 || !worth_a_line(&line.facts, place)))
		rdb_backup_unref(line.backup);
	return ret;
}

/* Returns the entry with the time recorded in its archive. Until this time is known, returns the
 * time in the store's listing. */
static struct rdb_aged_entry age_of(struct rdb_mount *mount, const struct rdb_entry *entry)
{
	struct rdb_backup *backup = rdb_backups_find(rdb_backup_tree_of(mount)->backups, entry->id);
	struct rdb_aged_entry aged = {.entry = entry, .taken = entry->taken};

	if (backup) {
		aged.taken = rdb_backup_taken(backup);
		rdb_backup_unref(backup);
	}
	return aged;
}

static int gather(struct status *status, struct rdb_mount *mount)
{
	struct rdb_store *store = rdb_backup_tree_of(mount)->config.store;
	struct rdb_aged_entry *sorted;
	size_t count, i;
	int ret = 0;

	*status = (struct status){.mount = mount};
	if (rdb_store_list(store, &status->listing, &status->error) != 0) {
		status->listing = NULL;
		return 0;
	}
	count = status->listing->count;
	sorted = calloc(count + 1, sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		sorted[i] = age_of(mount, status->listing->entries[i]);
	qsort(sorted, count, sizeof(*sorted), rdb_aged_entry_by_age);
	for (i = 0; i < count && ret == 0; i++)
		ret = add_entry(status, &sorted[i], i);
	free(sorted);
	return ret;
}

static void status_free(struct status *status)
{
	for (size_t i = 0; i < status->line_count; i++)
		if (status->lines[i].backup)
			rdb_backup_unref(status->lines[i].backup);
	free(status->lines);
	rdb_listing_unref(status->listing);
}

static size_t damaged(const struct status *status)
{
	return status->counts[RDB_ARCHIVE_DAMAGED] + status->counts[RDB_ARCHIVE_UNREADABLE];
}

/* ---- for people ---- */

static void put_duration(struct rdb_buf *out, time_t seconds)
{
	if (seconds >= 86400)
		rdb_buf_printf(out, "%jd d %jd h", (intmax_t)seconds / 86400,
			(intmax_t)seconds / 3600 % 24);
	else if (seconds >= 3600)
		rdb_buf_printf(out, "%jd h %jd min", (intmax_t)seconds / 3600,
			(intmax_t)seconds / 60 % 60);
	else
		rdb_buf_printf(
			out, "%jd min %jd s", (intmax_t)seconds / 60, (intmax_t)seconds % 60);
}

static void put_head(struct rdb_buf *out, const struct status *status)
{
	const struct rdb_mount *mount = status->mount;
	const struct rdb_backup_tree_config *config = &rdb_backup_tree_of(mount)->config;

	rdb_buf_printf(out, "rdbfs %s\n", RDBFS_VERSION);
	rdb_report_words(out, "backups in   ", config->store->where, "\n");
	rdb_report_words(out, "mounted on   ", mount->mountpoint, ", for ");
	put_duration(out, time(NULL) - mount->started);
	rdb_buf_printf(out, "\ncache        %.1f MiB\n",
		(double)rdb_archive_env_used(config->archives) / (1024 * 1024));
}

static void put_passed_over(struct rdb_buf *out, const struct rdb_listing *listing)
{
	struct rdb_buf words = {0};

	if (rdb_listing_passed_over(listing, &words) == 0 && words.len > 0 &&
		rdb_buf_add(&words, "", 1) == 0)
		rdb_report_words(out, "             ", words.data, "\n");
	rdb_buf_free(&words);
}

static void put_refresh(struct rdb_buf *out, struct rdb_store *store)
{
	struct rdb_store_state state;
	char when[32];

	rdb_store_state(store, &state);
	if (state.error.code == 0)
		return;
	rdb_buf_printf(out, "             as of %s, ", rdb_report_time(state.listed, when));
	put_duration(out, time(NULL) - state.listed);
	rdb_report_words(out, " ago: they can't be listed again: ", state.error.text, "\n");
}

static void put_counts(struct rdb_buf *out, const struct status *status)
{
	if (!status->listing) {
		rdb_report_words(out, "backups      can't be listed: ", status->error.text, "\n");
		return;
	}
	rdb_buf_printf(out,
		"backups      %zu: %zu ok, %zu damaged, %zu unreachable, %zu indexing, "
		"%zu unverified\n",
		status->listing->count, status->counts[RDB_ARCHIVE_OK], damaged(status),
		status->counts[RDB_ARCHIVE_UNREACHABLE], status->counts[RDB_ARCHIVE_SCANNING],
		status->counts[RDB_ARCHIVE_UNVERIFIED]);
	put_passed_over(out, status->listing);
	put_refresh(out, rdb_backup_tree_of(status->mount)->config.store);
}

static int percent(const struct rdb_archive_facts *facts)
{
	return facts->size ? (int)(100.0 * (double)facts->scanned / (double)facts->size) : 0;
}

static void put_line(struct rdb_buf *out, const struct line *line, int width)
{
	const struct rdb_archive_facts *facts = &line->facts;
	int len = (int)strlen(line->entry->name);
	char state[RDB_ARCHIVE_STATE_TEXT];

	rdb_archive_state_text(facts, state);
	rdb_report_words(out, "", line->entry->name, "");
	rdb_buf_printf(out, "%*s  %s", width > len ? width - len : 0, "", state);
	if (facts->state == RDB_ARCHIVE_SCANNING)
		rdb_buf_printf(out, ", %d %% read", percent(facts));
	if (facts->tables && facts->damaged == 0)
		rdb_buf_printf(
			out, ", %" PRIu64 " table%s", facts->tables, rdb_plural(facts->tables));
	if (facts->tables)
		rdb_buf_printf(out, ", %" PRIu64 " document%s", facts->documents,
			rdb_plural(facts->documents));
	rdb_buf_puts(out, "\n");
	if (line->held)
		rdb_buf_printf(out,
			"    %u %s for the archive's checksum (verify=lazy does not wait)\n",
			line->held, line->held == 1 ? "read waits" : "reads wait");
	if (facts->error.code)
		rdb_report_words(out, "    ", facts->error.text, "\n");
}

/* Limit on the width of the column of names. Longer names do not widen the column. */
#define WIDTH_MAX 60

static int name_width(const struct status *status)
{
	size_t width = 0;

	for (size_t i = 0; i < status->line_count; i++) {
		size_t len = strlen(status->lines[i].entry->name);

		if (len > width && len <= WIDTH_MAX)
			width = len;
	}
	return (int)width;
}

int rdb_status_text(struct rdb_mount *mount, struct rdb_buf *out)
{
	struct status status;
	int ret = gather(&status, mount);

	if (ret == 0) {
		put_head(out, &status);
		put_counts(out, &status);
		ret = rdb_agenda_text(mount, out);
		if (status.line_count)
			rdb_buf_puts(out, "\n");
		for (size_t i = 0; i < status.line_count; i++)
			put_line(out, &status.lines[i], name_width(&status));
		if (status.listing && status.line_count < status.listing->count)
			rdb_buf_printf(out, "... and %zu older ones\n",
				status.listing->count - status.line_count);
		ret = ret ? ret : rdb_buf_reserve(out, 1);
	}
	status_free(&status);
	return ret;
}

/* ---- for programs ---- */

static json_t *json_of_line(const struct status *status, const struct line *line)
{
	struct rdb_types *types = rdb_backup_tree_of(status->mount)->config.types;
	struct rdb_types_lineage lineage = {.scope = NULL};
	char type[RDB_TYPE_MAX] = "";
	const struct rdb_summary summary = {
		.entry = line->entry,
		.facts = &line->facts,
		.taken = line->taken,
		.type = type,
		.scope = rdb_types_lineage_known(types, line->entry, &lineage) == 0 ? lineage.scope
										    : NULL,
	};
	json_t *json;

	if (!rdb_types_known(types, line->entry, type))
		rdb_learn_types(status->mount);
	json = rdb_summary_json(&summary);
	if (json)
		json_object_set_new(json, "waiting_reads", json_integer(line->held));
	return json;
}

static json_t *json_of_lines(const struct status *status)
{
	json_t *array = json_array();

	for (size_t i = 0; i < status->line_count; i++)
		json_array_append_new(array, json_of_line(status, &status->lines[i]));
	return array;
}

/* Returns a JSON object with the time, age and error of the store's listing, or JSON null if the
 * listing is always current. */
static json_t *json_of_refresh(struct rdb_store *store)
{
	struct rdb_store_state state;

	rdb_store_state(store, &state);
	if (state.listed == 0)
		return json_null();
	return json_pack("{s:I, s:I, s:o}", "listed", (json_int_t)state.listed, "age",
		(json_int_t)(time(NULL) - state.listed), "error",
		rdb_report_string_or_null(state.error.code ? state.error.text : NULL));
}

static json_t *json_of(const struct status *status)
{
	const struct rdb_mount *mount = status->mount;
	const struct rdb_backup_tree *tree = rdb_backup_tree_of(mount);
	const struct rdb_entry *latest =
		status->listing ? rdb_backups_latest(tree->backups, status->listing) : NULL;
	const struct rdb_summary good = {.entry = status->last_good.entry,
		.facts = &status->last_good.facts,
		.taken = status->last_good.taken};

	return json_pack("{s:s, s:o, s:o, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"version", RDBFS_VERSION, "source", rdb_report_string(tree->config.store->where),
		"mountpoint", rdb_report_string(mount->mountpoint), "started",
		(json_int_t)mount->started, "uptime", (json_int_t)(time(NULL) - mount->started),
		"cache_used", (json_int_t)rdb_archive_env_used(tree->config.archives), "error",
		rdb_report_string_or_null(status->listing ? NULL : status->error.text), "latest",
		rdb_report_string_or_null(latest ? latest->name : NULL), "last_good",
		rdb_summary_last_good(&good), "counts", rdb_summary_counts(status->counts),
		"backups", json_of_lines(status), "not_listed",
		rdb_summary_passed_over(status->listing), "refresh",
		json_of_refresh(tree->config.store));
}

static int dump(const char *data, size_t len, void *arg)
{
	return rdb_buf_add(arg, data, len);
}

int rdb_status_json(struct rdb_mount *mount, struct rdb_buf *out)
{
	struct status status;
	json_t *json = NULL;
	int ret = gather(&status, mount);

	if (ret == 0)
		json = json_of(&status);
	if (json)
		rdb_agenda_json(mount, json);
	if (!json || json_dump_callback(json, dump, out, JSON_INDENT(2)) != 0 ||
		rdb_buf_puts(out, "\n") != 0)
		ret = -ENOMEM;
	json_decref(json);
	status_free(&status);
	return ret;
}
