#include "index/catalog.h"

#include "base/siphash.h"
#include "format/member_name.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Members are in blocks that never move; block b holds FIRST_BLOCK << b of them. */
#define FIRST_BLOCK 64u
#define BLOCKS 17

struct member {
	struct rdb_member member;
	uint64_t offset;
	struct table *table;
	struct member *hash_next;
};

struct table {
	struct rdb_table_facts facts;
	struct table *hash_next;
	size_t name_len; /* bytes of the file's name without its extension */
	const struct database *database;
	char name[];
};

struct database {
	struct rdb_database database;
	struct database *hash_next;
	struct database *all_next;
	uint32_t *sorted; /* member numbers, sorted; once complete */
	size_t count;     /* members */
	size_t filled;    /* while sorting */
	char name[];
};

#define RDB_CATALOG_TOP 128

struct rdb_catalog {
	struct rdb_siphash_key key;
	pthread_mutex_t lock; /* guards everything below */
	struct member *blocks[BLOCKS];
	uint32_t count;
	struct member **member_hash;
	struct table **table_hash;
	struct database **database_hash;
	size_t hash_size; /* size of each of the three hash tables; a power of two */
	struct database *databases;
	size_t database_count;
	size_t table_count;
	uint64_t damaged; /* tables */
	size_t bytes;     /* bytes of memory in all */
	uint64_t documents;
	char top[RDB_CATALOG_TOP];
	const struct database **sorted; /* once complete; never changes again */
	bool complete;
};

/* Slot of a name in each of the three hash tables. */
static size_t slot_of(
	const struct rdb_catalog *catalog, const char *db, const char *name, size_t name_len)
{
	const struct rdb_siphash_key below = {
		{rdb_siphash(&catalog->key, db, strlen(db)), catalog->key.k[1]}};

	return rdb_siphash(&below, name, name_len) & (catalog->hash_size - 1);
}

int rdb_catalog_create(struct rdb_catalog **out)
{
	struct rdb_catalog *catalog = calloc(1, sizeof(*catalog));

	if (!catalog)
		return -ENOMEM;
	if (rdb_siphash_key(&catalog->key) != 0) {
		free(catalog);
		return -ENOMEM;
	}
	pthread_mutex_init(&catalog->lock, NULL);
	*out = catalog;
	return 0;
}

static void free_databases(struct rdb_catalog *catalog)
{
	struct database *next;

	for (struct database *db = catalog->databases; db; db = next) {
		next = db->all_next;
		free(db->sorted);
		free(db);
	}
}

static void free_tables(struct rdb_catalog *catalog)
{
	struct table *next;

	for (size_t i = 0; i < catalog->hash_size; i++) {
		for (struct table *table = catalog->table_hash[i]; table; table = next) {
			next = table->hash_next;
			free(table);
		}
	}
}

static struct member *member_at(struct rdb_catalog *catalog, uint32_t number)
{
	uint32_t scaled = number / FIRST_BLOCK + 1;
	int block = 31 - __builtin_clz(scaled);

	return &catalog->blocks[block][number - ((FIRST_BLOCK << block) - FIRST_BLOCK)];
}

void rdb_catalog_free(struct rdb_catalog *catalog)
{
	if (!catalog)
		return;
	for (uint32_t i = 0; i < catalog->count; i++)
		free((char *)(uintptr_t)member_at(catalog, i)->member.file);
	for (int i = 0; i < BLOCKS; i++)
		free(catalog->blocks[i]);
	free_tables(catalog);
	free_databases(catalog);
	free(catalog->member_hash);
	free(catalog->table_hash);
	free(catalog->database_hash);
	free(catalog->sorted);
	pthread_mutex_destroy(&catalog->lock);
	free(catalog);
}

/* ---- finding; with the lock held ---- */

static struct database *find_database(struct rdb_catalog *catalog, const char *db)
{
	struct database *database;

	if (catalog->hash_size == 0)
		return NULL;
	database = catalog->database_hash[slot_of(catalog, db, "", 0)];
	while (database && strcmp(database->name, db) != 0)
		database = database->hash_next;
	return database;
}

static struct member *find_member(struct rdb_catalog *catalog, const char *db, const char *file)
{
	struct member *member;

	if (catalog->hash_size == 0)
		return NULL;
	member = catalog->member_hash[slot_of(catalog, db, file, strlen(file))];
	while (member &&
		(strcmp(member->member.file, file) != 0 || strcmp(member->member.db, db) != 0))
		member = member->hash_next;
	return member;
}

static struct table *find_table(
	struct rdb_catalog *catalog, const struct database *database, const char *name, size_t len)
{
	size_t slot = slot_of(catalog, database->name, name, len);
	struct table *table = catalog->table_hash[slot];

	while (table && (table->database != database || table->name_len != len ||
				memcmp(table->name, name, len) != 0))
		table = table->hash_next;
	return table;
}

/* ---- adding; with the lock held ---- */

static void put_member(struct rdb_catalog *catalog, struct member *member)
{
	const char *file = member->member.file;
	size_t slot = slot_of(catalog, member->member.db, file, strlen(file));

	member->hash_next = catalog->member_hash[slot];
	catalog->member_hash[slot] = member;
}

static void put_table(struct rdb_catalog *catalog, struct table *table)
{
	size_t slot = slot_of(catalog, table->database->name, table->name, table->name_len);

	table->hash_next = catalog->table_hash[slot];
	catalog->table_hash[slot] = table;
}

static void put_database(struct rdb_catalog *catalog, struct database *database)
{
	size_t slot = slot_of(catalog, database->name, "", 0);

	database->hash_next = catalog->database_hash[slot];
	catalog->database_hash[slot] = database;
}

/* Doubles the hash tables. */
static int grow_hashes(struct rdb_catalog *catalog)
{
	size_t size = catalog->hash_size ? catalog->hash_size * 2 : 64;
	struct member **members = calloc(size, sizeof(*members));
	struct table **tables = calloc(size, sizeof(*tables)), **old_tables = catalog->table_hash;
	struct database **databases = calloc(size, sizeof(*databases));
	size_t old_size = catalog->hash_size;
	struct table *next;

	if (!members || !tables || !databases) {
		free(members);
		free(tables);
		free(databases);
		return -ENOMEM;
	}
	free(catalog->member_hash);
	free(catalog->database_hash);
	catalog->member_hash = members;
	catalog->table_hash = tables;
	catalog->database_hash = databases;
	catalog->hash_size = size;
	catalog->bytes += (size - old_size) * 3 * sizeof(*members);
	for (uint32_t i = 0; i < catalog->count; i++)
		put_member(catalog, member_at(catalog, i));
	for (struct database *db = catalog->databases; db; db = db->all_next)
		put_database(catalog, db);
	for (size_t i = 0; i < old_size; i++) {
		for (struct table *table = old_tables[i]; table; table = next) {
			next = table->hash_next;
			put_table(catalog, table);
		}
	}
	free(old_tables);
	return 0;
}

/* NULL when out of memory. */
static struct database *add_database(struct rdb_catalog *catalog, const char *db)
{
	size_t len = strlen(db) + 1;
	struct database *database;

	if (catalog->database_count >= catalog->hash_size && grow_hashes(catalog) != 0)
		return NULL;
	database = calloc(1, sizeof(*database) + len);
	if (!database)
		return NULL;
	memcpy(database->name, db, len);
	database->database.name = database->name;
	database->database.number = (uint32_t)catalog->database_count++;
	database->all_next = catalog->databases;
	catalog->databases = database;
	catalog->bytes += sizeof(*database) + len;
	put_database(catalog, database);
	return database;
}

static struct table *add_table(
	struct rdb_catalog *catalog, const struct database *database, const char *name, size_t len)
{
	struct table *table = calloc(1, sizeof(*table) + len + 1);

	if (!table)
		return NULL;
	table->facts.documents = -1;
	table->facts.indexes = -1;
	table->database = database;
	table->name_len = len;
	memcpy(table->name, name, len);
	catalog->table_count++;
	catalog->bytes += sizeof(*table) + len + 1;
	put_table(catalog, table);
	return table;
}

/* Ensures that memory exists for the member with the number count. */
static int grow_members(struct rdb_catalog *catalog)
{
	int block = 31 - __builtin_clz(catalog->count / FIRST_BLOCK + 1);

	if (catalog->count >= RDB_CATALOG_MEMBERS_MAX || catalog->bytes >= RDB_CATALOG_BYTES_MAX)
		return -E2BIG;
	if (catalog->blocks[block])
		return 0;
	catalog->blocks[block] = calloc(FIRST_BLOCK << block, sizeof(struct member));
	if (!catalog->blocks[block])
		return -ENOMEM;
	catalog->bytes += (FIRST_BLOCK << block) * sizeof(struct member);
	return 0;
}

static bool is_newer(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

static int add_member(struct rdb_catalog *catalog, struct rdb_member *member, uint64_t offset)
{
	size_t name_len = rdb_name_table(member->file);
	struct database *database;
	struct table *table;
	struct member *added;
	char *file;

	if (find_member(catalog, member->db, member->file))
		return -EEXIST;
	if (catalog->complete)
		return -EROFS;
	if (catalog->count >= catalog->hash_size && grow_hashes(catalog) != 0)
		return -ENOMEM;
	int ret = grow_members(catalog);
	if (ret != 0)
		return ret;
	database = find_database(catalog, member->db);
	if (!database)
		database = add_database(catalog, member->db);
	if (!database)
		return -ENOMEM;
	table = find_table(catalog, database, member->file, name_len);
	if (!table)
		table = add_table(catalog, database, member->file, name_len);
	file = strdup(member->file);
	if (!table || !file) {
		free(file);
		return -ENOMEM;
	}
	member->number = catalog->count;
	member->db = database->name;
	member->file = file;
	added = member_at(catalog, catalog->count++);
	catalog->bytes += strlen(file) + 1;
	*added = (struct member){.member = *member, .offset = offset, .table = table};
	put_member(catalog, added);
	database->count++;
	if (is_newer(&member->mtime, &database->database.mtime))
		database->database.mtime = member->mtime;
	return 0;
}

int rdb_catalog_add(struct rdb_catalog *catalog, struct rdb_member *member, uint64_t offset)
{
	int ret;

	pthread_mutex_lock(&catalog->lock);
	ret = add_member(catalog, member, offset);
	pthread_mutex_unlock(&catalog->lock);
	return ret;
}

static int add_named_database(struct rdb_catalog *catalog, const char *db)
{
	if (find_database(catalog, db))
		return 0;
	if (catalog->complete)
		return -EROFS;
	if (catalog->bytes >= RDB_CATALOG_BYTES_MAX)
		return -E2BIG;
	return add_database(catalog, db) ? 0 : -ENOMEM;
}

int rdb_catalog_add_db(struct rdb_catalog *catalog, const char *db)
{
	int ret;

	pthread_mutex_lock(&catalog->lock);
	ret = add_named_database(catalog, db);
	pthread_mutex_unlock(&catalog->lock);
	return ret;
}

/* ---- completing ---- */

static int compare_databases(const void *a, const void *b)
{
	return strcmp((*(const struct database *const *)a)->name,
		(*(const struct database *const *)b)->name);
}

static int compare_members(const void *a, const void *b, void *arg)
{
	struct rdb_catalog *catalog = arg;

	return strcmp(member_at(catalog, *(const uint32_t *)a)->member.file,
		member_at(catalog, *(const uint32_t *)b)->member.file);
}

/* Removes the results of an earlier call that ran out of memory. */
static void unsort_all(struct rdb_catalog *catalog)
{
	free(catalog->sorted);
	catalog->sorted = NULL;
	for (struct database *db = catalog->databases; db; db = db->all_next) {
		free(db->sorted);
		db->sorted = NULL;
		db->filled = 0;
	}
}

static int sort_all(struct rdb_catalog *catalog)
{
	size_t i = 0;

	unsort_all(catalog);
	catalog->sorted = calloc(catalog->database_count + 1, sizeof(struct database *));
	if (!catalog->sorted)
		return -ENOMEM;
	for (struct database *db = catalog->databases; db; db = db->all_next) {
		catalog->sorted[i++] = db;
		db->sorted = calloc(db->count + 1, sizeof(uint32_t));
		if (!db->sorted)
			return -ENOMEM;
	}
	for (uint32_t n = 0; n < catalog->count; n++) {
		struct database *db = find_database(catalog, member_at(catalog, n)->member.db);
		db->sorted[db->filled++] = n;
	}
	for (struct database *db = catalog->databases; db; db = db->all_next)
		qsort_r(db->sorted, db->count, sizeof(uint32_t), compare_members, catalog);
	qsort(catalog->sorted, catalog->database_count, sizeof(struct database *),
		compare_databases);
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
	struct member *member;

	pthread_mutex_lock(&catalog->lock);
	member = find_member(catalog, db, file);
	if (member)
		*out = member->member;
	pthread_mutex_unlock(&catalog->lock);
	return member ? 0 : -ENOENT;
}

int rdb_catalog_find_db(struct rdb_catalog *catalog, const char *db, struct rdb_database *out)
{
	struct database *database;

	pthread_mutex_lock(&catalog->lock);
	database = find_database(catalog, db);
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
	if (number < catalog->count) {
		struct member *member = member_at(catalog, number);
		*out = member->member;
		*offset = member->offset;
		ret = 0;
	}
	pthread_mutex_unlock(&catalog->lock);
	return ret;
}

void rdb_catalog_set_documents(struct rdb_catalog *catalog, uint32_t number, int64_t documents)
{
	pthread_mutex_lock(&catalog->lock);
	if (number < catalog->count) {
		struct rdb_table_facts *facts = &member_at(catalog, number)->table->facts;
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
	pthread_mutex_lock(&catalog->lock);
	if (number < catalog->count) {
		struct rdb_table_facts *facts = &member_at(catalog, number)->table->facts;
		size_t len = strnlen(primary_key, sizeof(facts->primary_key) - 1);
		facts->indexes = indexes;
		memcpy(facts->primary_key, primary_key, len);
		facts->primary_key[len] = '\0';
	}
	pthread_mutex_unlock(&catalog->lock);
}

void rdb_catalog_set_damaged(struct rdb_catalog *catalog, uint32_t number)
{
	pthread_mutex_lock(&catalog->lock);
	if (number < catalog->count) {
		struct rdb_table_facts *facts = &member_at(catalog, number)->table->facts;
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
	*out = (struct rdb_table_facts){.documents = -1, .indexes = -1};
	pthread_mutex_lock(&catalog->lock);
	if (number < catalog->count)
		*out = member_at(catalog, number)->table->facts;
	pthread_mutex_unlock(&catalog->lock);
}

void rdb_catalog_totals(struct rdb_catalog *catalog, uint64_t *tables, uint64_t *documents)
{
	pthread_mutex_lock(&catalog->lock);
	*tables = catalog->table_count;
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
	for (size_t i = from; i < catalog->database_count; i++)
		if (!emit(arg, &catalog->sorted[i]->database, i))
			break;
	return 0;
}

int rdb_catalog_each_member(struct rdb_catalog *catalog, const char *db, size_t from,
	bool (*emit)(void *arg, const struct rdb_member *member, size_t position), void *arg)
{
	struct database *database;

	if (!rdb_catalog_is_complete(catalog))
		return -EAGAIN;
	database = find_database(catalog, db);
	if (!database)
		return -ENOENT;
	for (size_t i = from; i < database->count; i++)
		if (!emit(arg, &member_at(catalog, database->sorted[i])->member, i))
			break;
	return 0;
}
