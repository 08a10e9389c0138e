#include "index/catalog.h"

#include "index/catalog_entries.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RDB_CATALOG_TOP 128

struct rdb_catalog {
	pthread_mutex_t lock; /* guards the fields below */
	struct rdb_catalog_entries entries;
	uint64_t damaged; /* number of damaged tables */
	uint64_t documents;
	char top[RDB_CATALOG_TOP];
	struct rdb_catalog_database **databases; /* in order; set by rdb_catalog_complete() */
	uint32_t *members; /* in the order of databases and names; set by rdb_catalog_complete() */
	bool complete;
};

int rdb_catalog_create(struct rdb_catalog **out)
{
	struct rdb_catalog *catalog = calloc(1, sizeof(*catalog));

	if (!catalog)
		return -ENOMEM;
	if (rdb_catalog_entries_init(&catalog->entries) != 0) {
		free(catalog);
		return -ENOMEM;
	}
	pthread_mutex_init(&catalog->lock, NULL);
	*out = catalog;
	return 0;
}

void rdb_catalog_free(struct rdb_catalog *catalog)
{
	if (!catalog)
		return;
	rdb_catalog_entries_free(&catalog->entries);
	free(catalog->databases);
	free(catalog->members);
	pthread_mutex_destroy(&catalog->lock);
	free(catalog);
}

/* ---- adding ---- */

static bool is_large(const struct rdb_catalog *catalog)
{
	return catalog->entries.bytes >= RDB_CATALOG_BYTES_MAX;
}

static int add_member(struct rdb_catalog *catalog, struct rdb_member *member, uint64_t offset)
{
	if (rdb_catalog_entries_find(&catalog->entries, member->db, member->file))
		return -EEXIST;
	if (catalog->complete)
		return -EROFS;
	if (catalog->entries.count >= RDB_CATALOG_MEMBERS_MAX || is_large(catalog))
		return -E2BIG;
	return rdb_catalog_entries_add(&catalog->entries, member, offset);
}

int rdb_catalog_add(struct rdb_catalog *catalog, struct rdb_member *member, uint64_t offset)
{
	int ret;

	pthread_mutex_lock(&catalog->lock);
	ret = add_member(catalog, member, offset);
	pthread_mutex_unlock(&catalog->lock);
	return ret;
}

static int add_database(struct rdb_catalog *catalog, const char *db)
{
	if (rdb_catalog_entries_database(&catalog->entries, db))
		return 0;
	if (catalog->complete)
		return -EROFS;
	if (is_large(catalog))
		return -E2BIG;
	return rdb_catalog_entries_add_database(&catalog->entries, db) ? 0 : -ENOMEM;
}

int rdb_catalog_add_db(struct rdb_catalog *catalog, const char *db)
{
	int ret;

	pthread_mutex_lock(&catalog->lock);
	ret = add_database(catalog, db);
	pthread_mutex_unlock(&catalog->lock);
	return ret;
}

/* ---- completing ---- */

static int compare_databases(const void *a, const void *b)
{
	return strcmp((*(const struct rdb_catalog_database *const *)a)->name,
		(*(const struct rdb_catalog_database *const *)b)->name);
}

static int compare_members(const void *a, const void *b, void *arg)
{
	const struct rdb_catalog_entries *entries = arg;
	const struct rdb_member *x =
		&rdb_catalog_entries_member(entries, *(const uint32_t *)a)->member;
	const struct rdb_member *y =
		&rdb_catalog_entries_member(entries, *(const uint32_t *)b)->member;

	return x->db != y->db ? strcmp(x->db, y->db) : strcmp(x->file, y->file);
}

static int sort_all(struct rdb_catalog *catalog)
{
	struct rdb_catalog_entries *entries = &catalog->entries;
	struct rdb_catalog_database **databases =
		calloc(entries->database_count + 1, sizeof(*databases));
	uint32_t *members = calloc(entries->count + 1, sizeof(*members));
	size_t i = 0;

	if (!databases || !members) {
		free(databases);
		free(members);
		return -ENOMEM;
	}
	catalog->databases = databases;
	catalog->members = members;
	for (struct rdb_catalog_database *db = entries->databases; db; db = db->all_next)
		databases[i++] = db;
	for (uint32_t n = 0; n < entries->count; n++)
		members[n] = n;
	qsort(databases, entries->database_count, sizeof(*databases), compare_databases);
	qsort_r(members, entries->count, sizeof(*members), compare_members, entries);
	for (i = 0; i < entries->database_count; members += databases[i++]->count)
		databases[i]->sorted = members;
	return 0;
}

int rdb_catalog_complete(struct rdb_catalog *catalog)
{
	int ret;

	pthread_mutex_lock(&catalog->lock);
	ret = catalog->complete ? 0 : sort_all(catalog);
	if (ret == 0)
		catalog->complete = true;
	pthread_mutex_unlock(&catalog->lock);
	return ret;
}

bool rdb_catalog_is_complete(struct rdb_catalog *catalog)
{
	bool complete;

	pthread_mutex_lock(&catalog->lock);
	complete = catalog->complete;
	pthread_mutex_unlock(&catalog->lock);
	return complete;
}

/* ---- asking ---- */

int rdb_catalog_find(
	struct rdb_catalog *catalog, const char *db, const char *file, struct rdb_member *out)
{
	struct rdb_catalog_member *member;

	pthread_mutex_lock(&catalog->lock);
	member = rdb_catalog_entries_find(&catalog->entries, db, file);
	if (member)
		*out = member->member;
	pthread_mutex_unlock(&catalog->lock);
	return member ? 0 : -ENOENT;
}

int rdb_catalog_find_db(struct rdb_catalog *catalog, const char *db, struct rdb_database *out)
{
	struct rdb_catalog_database *database;

	pthread_mutex_lock(&catalog->lock);
	database = rdb_catalog_entries_database(&catalog->entries, db);
	if (database)
		*out = database->database;
	pthread_mutex_unlock(&catalog->lock);
	return database ? 0 : -ENOENT;
}

int rdb_catalog_get(
	struct rdb_catalog *catalog, uint32_t number, struct rdb_member *out, uint64_t *offset)
{
	int ret = -ENOENT;

	pthread_mutex_lock(&catalog->lock);
	if (number < catalog->entries.count) {
		struct rdb_catalog_member *member =
			rdb_catalog_entries_member(&catalog->entries, number);
		*out = member->member;
		*offset = member->offset;
		ret = 0;
	}
	pthread_mutex_unlock(&catalog->lock);
	return ret;
}

/* Returns the facts about the member's table, or NULL if the member does not exist. "number" is the
 * member's index in catalog->entries. The caller holds catalog->lock. */
static struct rdb_table_facts *facts_of(struct rdb_catalog *catalog, uint32_t number)
{
	return number < catalog->entries.count
		       ? &rdb_catalog_entries_member(&catalog->entries, number)->table->facts
		       : NULL;
}

void rdb_catalog_set_documents(struct rdb_catalog *catalog, uint32_t number, int64_t documents)
{
	struct rdb_table_facts *facts;

	pthread_mutex_lock(&catalog->lock);
	facts = facts_of(catalog, number);
	if (facts) {
		if (facts->documents > 0)
			catalog->documents -= (uint64_t)facts->documents;
		facts->documents = documents;
		if (documents > 0)
			catalog->documents += (uint64_t)documents;
	}
	pthread_mutex_unlock(&catalog->lock);
}

void rdb_catalog_set_info(
	struct rdb_catalog *catalog, uint32_t number, int64_t indexes, const char *primary_key)
{
	struct rdb_table_facts *facts;

	pthread_mutex_lock(&catalog->lock);
	facts = facts_of(catalog, number);
	if (facts) {
		size_t len = strnlen(primary_key, sizeof(facts->primary_key) - 1);
		facts->indexes = indexes;
		memcpy(facts->primary_key, primary_key, len);
		facts->primary_key[len] = '\0';
	}
	pthread_mutex_unlock(&catalog->lock);
}

void rdb_catalog_set_damaged(struct rdb_catalog *catalog, uint32_t number)
{
	struct rdb_table_facts *facts;

	pthread_mutex_lock(&catalog->lock);
	facts = facts_of(catalog, number);
	if (facts) {
		catalog->damaged += !facts->damaged;
		facts->damaged = true;
	}
	pthread_mutex_unlock(&catalog->lock);
}

uint64_t rdb_catalog_damaged(struct rdb_catalog *catalog)
{
	uint64_t damaged;

	pthread_mutex_lock(&catalog->lock);
	damaged = catalog->damaged;
	pthread_mutex_unlock(&catalog->lock);
	return damaged;
}

void rdb_catalog_table(struct rdb_catalog *catalog, uint32_t number, struct rdb_table_facts *out)
{
	const struct rdb_table_facts *facts;

	*out = (struct rdb_table_facts){.documents = -1, .indexes = -1};
	pthread_mutex_lock(&catalog->lock);
	facts = facts_of(catalog, number);
	if (facts)
		*out = *facts;
	pthread_mutex_unlock(&catalog->lock);
}

void rdb_catalog_totals(struct rdb_catalog *catalog, uint64_t *tables, uint64_t *documents)
{
	pthread_mutex_lock(&catalog->lock);
	*tables = catalog->entries.table_count;
	*documents = catalog->documents;
	pthread_mutex_unlock(&catalog->lock);
}

void rdb_catalog_set_top(struct rdb_catalog *catalog, const char *top)
{
	pthread_mutex_lock(&catalog->lock);
	snprintf(catalog->top, sizeof(catalog->top), "%s", top);
	pthread_mutex_unlock(&catalog->lock);
}

void rdb_catalog_top(struct rdb_catalog *catalog, char *top, size_t size)
{
	pthread_mutex_lock(&catalog->lock);
	snprintf(top, size, "%s", catalog->top);
	pthread_mutex_unlock(&catalog->lock);
}

int rdb_catalog_each_db(struct rdb_catalog *catalog, size_t from,
	bool (*emit)(void *arg, const struct rdb_database *db, size_t position), void *arg)
{
	if (!rdb_catalog_is_complete(catalog))
		return -EAGAIN;
	for (size_t i = from; i < catalog->entries.database_count; i++)
		if (!emit(arg, &catalog->databases[i]->database, i))
			break;
	return 0;
}

int rdb_catalog_each_member(struct rdb_catalog *catalog, const char *db, size_t from,
	bool (*emit)(void *arg, const struct rdb_member *member, size_t position), void *arg)
{
	struct rdb_catalog_database *database;

	if (!rdb_catalog_is_complete(catalog))
		return -EAGAIN;
	database = rdb_catalog_entries_database(&catalog->entries, db);
	if (!database)
		return -ENOENT;
	for (size_t i = from; i < database->count; i++)
		if (!emit(arg,
			    &rdb_catalog_entries_member(&catalog->entries, database->sorted[i])
				     ->member,
			    i))
			break;
	return 0;
}
