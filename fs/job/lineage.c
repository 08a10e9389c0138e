#include "job/lineage.h"

#include "base/array.h"
#include "format/info.h"
#include "index/embed.h"
#include "json/key.h"
#include "json/split.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct rdb_lineage_member {
	struct rdb_lineage *lineage;
	size_t cluster; /* number of the cluster, counted from 1; 0 if unknown */
};

/* ---- parsing ---- */

#define NAME_MAX_BYTES 4096

/* List of names. Each name in "text" ends with a NUL. */
struct names {
	struct rdb_buf text;
	size_t count;
};

static int damaged(struct rdb_err *err)
{
	return rdb_err_set(err, EBADMSG, "the backup's scope and cluster can't be read");
}

static int add_name(struct rdb_json_piece *piece, struct names *names, struct rdb_err *err)
{
	struct rdb_json_span text = {piece->data + 1, piece->len - 2};
	size_t start = names->text.len;

	if (piece->len < 3 || piece->data[0] != '"' || piece->len > NAME_MAX_BYTES)
		return damaged(err);
	if (rdb_json_text_decode(text, &names->text) != 0 || rdb_buf_putc(&names->text, '\0') != 0)
		return rdb_err_sys(err, ENOMEM, "a backup's scope");
	if (strlen(names->text.data + start) + 1 != names->text.len - start)
		return damaged(err);
	names->count++;
	return 0;
}

static int parse_names(
	struct rdb_json_span object, const char *key, struct names *names, struct rdb_err *err)
{
	struct rdb_json_span array;
	struct rdb_json_split split;
	struct rdb_json_piece piece;
	int found = rdb_json_key(object.data, object.len, key, &array);
	int next, ret = 0;

	if (found == -ENOENT)
		return 0;
	if (found != 0 || array.data[0] != '[')
		return damaged(err);
	rdb_json_split_init(&split, NAME_MAX_BYTES);
	rdb_json_split_feed(&split, array.data, array.len);
	while ((next = rdb_json_split_next(&split, &piece, NULL)) == 1 && ret == 0)
		ret = add_name(&piece, names, err);
	if (ret == 0 && next != 0)
		ret = next == -ENOMEM ? rdb_err_sys(err, ENOMEM, "a backup's scope") : damaged(err);
	rdb_json_split_free(&split);
	return ret;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Copies the names to *text, and fills the array at *pointers with pointers to the copies, sorted
 * by name. Returns the start of the array. Advances *text and *pointers to the first unused byte
 * and element. */
static const char *const *lay_out(const struct names *names, const char ***pointers, char **text)
{
	const char **list = *pointers;

	if (names->text.len)
		memcpy(*text, names->text.data, names->text.len);
	for (size_t i = 0; i < names->count; i++) {
		list[i] = *text;
		*text += strlen(*text) + 1;
	}
	*pointers += names->count;
	qsort(list, names->count, sizeof(*list), by_text);
	return list;
}

static struct rdb_lineage *make(
	const struct names *only, const struct names *except, const struct names *databases)
{
	struct rdb_lineage *lineage = calloc(1, sizeof(*lineage));
	size_t count = only->count + except->count + databases->count;
	size_t text_len = only->text.len + except->text.len + databases->text.len;
	const char **pointers;
	char *text;

	if (!lineage)
		return NULL;
	lineage->memory = malloc(count * sizeof(char *) + text_len + 1);
	if (!lineage->memory) {
		free(lineage);
		return NULL;
	}
	pointers = lineage->memory;
	text = (char *)(pointers + count);
	lineage->scope.only_count = only->count;
	lineage->scope.only = lay_out(only, &pointers, &text);
	lineage->scope.except_count = except->count;
	lineage->scope.except = lay_out(except, &pointers, &text);
	lineage->database_count = databases->count;
	lineage->databases = lay_out(databases, &pointers, &text);
	return lineage;
}

int rdb_lineage_parse(const char *facts, struct rdb_lineage **out, struct rdb_err *err)
{
	struct rdb_json_span object = {facts, strlen(facts)}, scope;
	struct names only = {0}, except = {0}, databases = {0};
	int found = object.len ? rdb_json_key(object.data, object.len, "scope", &scope) : -ENOENT;
	int ret = found == 0 || found == -ENOENT ? 0 : damaged(err);

	if (found == 0)
		ret = parse_names(scope, "only", &only, err);
	if (ret == 0 && found == 0)
		ret = parse_names(scope, "except", &except, err);
	if (ret == 0 && object.len)
		ret = parse_names(object, "cluster", &databases, err);
	if (ret == 0) {
		*out = make(&only, &except, &databases);
		ret = *out ? 0 : rdb_err_sys(err, ENOMEM, "a backup's scope");
	}
	rdb_buf_free(&only.text);
	rdb_buf_free(&except.text);
	rdb_buf_free(&databases.text);
	return ret;
}

int rdb_lineage_read(
	struct rdb_source *source, struct rdb_lineage **out, time_t *started, struct rdb_err *err)
{
	struct rdb_embed embed;
	int ret = rdb_embed_read(source, &embed, err);

	*started = 0;
	if (ret != 0)
		return ret;
	ret = rdb_lineage_parse(embed.facts, out, err);
	rdb_info_time((struct rdb_json_span){embed.facts, strlen(embed.facts)}, "started", started);
	rdb_embed_free(&embed);
	return ret;
}

void rdb_lineage_free(struct rdb_lineage *lineage)
{
	if (lineage)
		free(lineage->memory);
	free(lineage);
}

/* ---- a set ---- */

void rdb_lineages_init(struct rdb_lineages *all)
{
	*all = (struct rdb_lineages){.count = 0};
	pthread_mutex_init(&all->lock, NULL);
}

void rdb_lineages_destroy(struct rdb_lineages *all)
{
	for (size_t i = 0; i < all->count; i++)
		rdb_lineage_free(all->members[i].lineage);
	free(all->members);
	pthread_mutex_destroy(&all->lock);
}

static bool same_names(const char *const *a, size_t a_count, const char *const *b, size_t b_count)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++)
		if (strcmp(a[i], b[i]) != 0)
			return false;
	return true;
}

static bool is_equal(const struct rdb_lineage *a, const struct rdb_lineage *b)
{
	return same_names(a->scope.only, a->scope.only_count, b->scope.only, b->scope.only_count) &&
	       same_names(a->scope.except, a->scope.except_count, b->scope.except,
		       b->scope.except_count) &&
	       same_names(a->databases, a->database_count, b->databases, b->database_count);
}

/* Returns true if two backups have a database id in common. Both lists of ids are sorted. */
static bool shares_database(const struct rdb_lineage *a, const struct rdb_lineage *b)
{
	size_t i = 0, k = 0;

	while (i < a->database_count && k < b->database_count) {
		int order = strcmp(a->databases[i], b->databases[k]);
		if (order == 0)
			return true;
		i += order < 0;
		k += order > 0;
	}
	return false;
}

static void merge(struct rdb_lineages *all, size_t cluster, size_t into)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->members[i].cluster == cluster)
			all->members[i].cluster = into;
}

/* Determines the cluster of the newest lineage. Merges clusters that have a database id in common
 * with this lineage. */
static void number(struct rdb_lineages *all)
{
	struct rdb_lineage_member *added = &all->members[all->count - 1];

	added->cluster = added->lineage->database_count ? all->count : 0;
	for (size_t i = 0; i + 1 < all->count; i++)
		if (all->members[i].cluster != added->cluster &&
			shares_database(all->members[i].lineage, added->lineage))
			merge(all, added->cluster, all->members[i].cluster);
}

static const struct rdb_lineage *find(struct rdb_lineages *all, const struct rdb_lineage *like)
{
	for (size_t i = 0; i < all->count; i++)
		if (is_equal(all->members[i].lineage, like))
			return all->members[i].lineage;
	return NULL;
}

int rdb_lineages_add(
	struct rdb_lineages *all, struct rdb_lineage *lineage, const struct rdb_lineage **out)
{
	int ret = 0;

	pthread_mutex_lock(&all->lock);
	*out = find(all, lineage);
	if (!*out) {
		ret = rdb_array_grow(&all->members, &all->cap, all->count, sizeof(*all->members));
		if (ret == 0) {
			all->members[all->count++].lineage = lineage;
			number(all);
			*out = lineage;
			lineage = NULL;
		}
	}
	pthread_mutex_unlock(&all->lock);
	rdb_lineage_free(lineage);
	return ret;
}

size_t rdb_lineages_cluster(struct rdb_lineages *all, const struct rdb_lineage *lineage)
{
	size_t cluster = 0;

	pthread_mutex_lock(&all->lock);
	for (size_t i = 0; i < all->count; i++)
		if (all->members[i].lineage == lineage)
			cluster = all->members[i].cluster;
	pthread_mutex_unlock(&all->lock);
	return cluster;
}
