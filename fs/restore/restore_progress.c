#include "restore/restore_progress.h"

#include "base/fnv.h"
#include "base/formatted.h"
#include "cluster/table.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- one line ---- */

static int parse_text(char **rest, char *out, size_t size)
{
	const char *word = strsep(rest, " ");
	size_t len = word ? strlen(word) : 0;

	if (len == 0 || len >= size)
		return -EINVAL;
	memcpy(out, word, len + 1);
	return 0;
}

static int parse_number(char **rest, uint64_t *out)
{
	const char *word = strsep(rest, " ");

	if (!word || !*word || word[strspn(word, "0123456789")])
		return -EINVAL;
	errno = 0;
	*out = strtoull(word, NULL, 10);
	return errno ? -EINVAL : 0;
}

int rdb_restored_parse(const char *line, size_t len, struct rdb_restored *out)
{
	char text[RDB_RESTORED_MAX], *rest = text;
	int ret;

	if (len == 0 || len >= sizeof(text) || memchr(line, '\0', len))
		return -EINVAL;
	memcpy(text, line, len);
	text[len] = '\0';
	ret = parse_text(&rest, out->db, sizeof(out->db));
	if (ret == 0)
		ret = parse_text(&rest, out->table, sizeof(out->table));
	if (ret == 0)
		ret = parse_text(&rest, out->id, sizeof(out->id));
	if (ret == 0)
		ret = parse_number(&rest, &out->documents);
	out->warnings = 0;
	if (ret == 0 && rest)
		ret = parse_number(&rest, &out->warnings);
	return ret || !rest ? ret : -EINVAL;
}

size_t rdb_restored_format(const struct rdb_restored *restored, char line[RDB_RESTORED_MAX])
{
	return (size_t)snprintf(line, RDB_RESTORED_MAX, "%s %s %s %" PRIu64 " %" PRIu64 "\n",
		restored->db, restored->table, restored->id, restored->documents,
		restored->warnings);
}

/* ---- the file's name ---- */

static uint64_t hash_file(const struct rdb_restore_plan *plan,
	const struct rdb_restore_plan_table *table, const char *extension, uint64_t value)
{
	struct rdb_member member;
	int64_t mtime[2];
	char file[300];

	snprintf(file, sizeof(file), "%s%s", table->from, extension);
	if (rdb_archive_find(plan->options->archive, table->from_db, file, &member) != 0)
		return value;
	mtime[0] = member.mtime.tv_sec;
	mtime[1] = member.mtime.tv_nsec;
	value = rdb_fnv(value, file, strlen(file) + 1);
	value = rdb_fnv(value, &member.size, sizeof(member.size));
	return rdb_fnv(value, mtime, sizeof(mtime));
}

/* Adds a CSV file's delimiter to the hash "value". A comma is not added, so that progress files of
 * earlier versions keep their names. */
static uint64_t hash_delimiter(const struct rdb_restore_plan *plan,
	const struct rdb_restore_plan_table *table, uint64_t value)
{
	const char given = rdb_restore_plan_delimiter(plan, table);

	return given && given != ',' ? rdb_fnv(value, &given, sizeof(given)) : value;
}

static uint64_t hash_plan(const struct rdb_restore_plan *plan)
{
	const struct rdb_restore_policy *policy = &plan->options->policy;
	const char *cluster = rdb_cluster_name(plan->options->cluster);
	uint64_t value = rdb_fnv(RDB_FNV, cluster, strlen(cluster));
	struct rdb_archive_facts facts;

	rdb_archive_facts(plan->options->archive, &facts);
	value = rdb_fnv(value, &facts.size, sizeof(facts.size));
	value = rdb_fnv(value, &policy->no_indexes, sizeof(policy->no_indexes));
	for (size_t i = 0; i < plan->count; i++) {
		const struct rdb_restore_plan_table *table = &plan->tables[i];

		value = rdb_fnv(value, table->from_db, strlen(table->from_db) + 1);
		value = hash_file(plan, table, rdb_restore_plan_suffix(table), value);
		value = hash_file(plan, table, ".info", value);
		value = hash_file(plan, table, ".info.gz", value);
		value = rdb_fnv(value, &table->count, sizeof(table->count));
		value = hash_delimiter(plan, table, value);
	}
	return value;
}

char *rdb_restore_progress_path(const struct rdb_restore_plan *plan)
{
	const char *dir = plan->options->policy.state_dir;

	return dir ? rdb_formatted("%s/restored-%016" PRIx64, dir, hash_plan(plan)) : NULL;
}

/* ---- the file ---- */

/* Adds a line about a restored table to the progress file. If the disk is full, the line may be cut
 * off and joined to the next table's line. A resumed restore then restores both tables again. */
static void add_line(const char *path, const struct rdb_restored *restored)
{
	char line[RDB_RESTORED_MAX];
	size_t len = rdb_restored_format(restored, line);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return;
	(void)!write(fd, line, len);
	close(fd);
}

/* ---- tables of a plan ---- */

/* Returns true if the restore uses a progress file to skip tables that an earlier attempt has
 * completed. Returns false if existing tables are allowed, because each table is then restored
 * again. */
static bool is_resumed(const struct rdb_restore_plan *plan)
{
	return plan->progress && plan->options->policy.existing == RDB_EXISTING_REFUSE;
}

void rdb_restore_progress_note(const struct rdb_restore_plan *plan,
	const struct rdb_restore_plan_table *table, const struct rdb_restore_table_facts *facts)
{
	struct rdb_restored restored = {
		.documents = facts->documents,
		.warnings = facts->missing.code ? facts->warnings : 0,
	};

	if (!is_resumed(plan))
		return;
	memcpy(restored.db, table->db, sizeof(restored.db));
	memcpy(restored.table, table->table, sizeof(restored.table));
	memcpy(restored.id, facts->id, sizeof(facts->id));
	add_line(plan->progress, &restored);
}

void rdb_restore_progress_forget(const struct rdb_restore_plan *plan)
{
	if (plan->progress)
		unlink(plan->progress);
}

static bool is_about(const struct rdb_restored *restored,
	const struct rdb_restore_plan_table *table, const char *id)
{
	return strcmp(restored->db, table->db) == 0 && strcmp(restored->table, table->table) == 0 &&
	       strcmp(restored->id, id) == 0;
}

static int check_count(struct rdb_restore_plan_table *table, const struct rdb_restored *restored,
	struct rdb_client *client, struct rdb_err *err)
{
	int64_t count;
	int ret = rdb_table_count(client, table->db, table->table, &count, err);

	if (ret != 0 || (uint64_t)count != restored->documents)
		return ret;
	table->done = true;
	table->warnings = restored->warnings;
	return 0;
}

int rdb_restore_progress_find(const struct rdb_restore_plan *plan,
	struct rdb_restore_plan_table *table, const char *id, struct rdb_client *client,
	struct rdb_err *err)
{
	FILE *file = is_resumed(plan) ? fopen(plan->progress, "re") : NULL;
	struct rdb_restored restored;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int ret = 0;

	if (!file)
		return 0;
	/* Ignore a last line without a newline, because this line was not written completely. */
	while (ret == 0 && (len = getline(&line, &size, file)) > 0)
		if (line[len - 1] == '\n' &&
			rdb_restored_parse(line, (size_t)len - 1, &restored) == 0 &&
			is_about(&restored, table, id))
			ret = check_count(table, &restored, client, err);
	free(line);
	fclose(file);
	return ret;
}
