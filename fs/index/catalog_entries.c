#include "index/catalog_entries.h"

#include "format/member_name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int rdb_catalog_entries_init(struct rdb_catalog_entries *entries)
{
	*entries = (struct rdb_catalog_entries){0};
	return rdb_siphash_key(&entries->key) == 0 ? 0 : -ENOMEM;
}

static void free_databases(struct rdb_catalog_entries *entries)
{
	struct rdb_catalog_database *next;

	for (struct rdb_catalog_database *db = entries->databases; db; db = next) {
		next = db->all_next;
		free(db);
	}
}

static void free_tables(struct rdb_catalog_entries *entries)
{
	struct rdb_catalog_table_entry *next;

	for (size_t i = 0; i < entries->hash_size; i++) {
		for (struct rdb_catalog_table_entry *table = entries->table_hash[i]; table;
			table = next) {
			next = table->hash_next;
			free(table);
		}
	}
}

struct rdb_catalog_member *rdb_catalog_entries_member(
	const struct rdb_catalog_entries *entries, uint32_t number)
{
	uint32_t scaled = number / RDB_CATALOG_FIRST_BLOCK + 1;
	int block = 31 - __builtin_clz(scaled);

	return &entries->blocks[block][number - ((RDB_CATALOG_FIRST_BLOCK << block) -
							RDB_CATALOG_FIRST_BLOCK)];
}

void rdb_catalog_entries_free(struct rdb_catalog_entries *entries)
{
	for (uint32_t i = 0; i < entries->count; i++)
		free((char *)(uintptr_t)rdb_catalog_entries_member(entries, i)->member.file);
	for (int i = 0; i < RDB_CATALOG_BLOCKS; i++)
		free(entries->blocks[i]);
	free_tables(entries);
	free_databases(entries);
	free(entries->member_hash);
	free(entries->table_hash);
	free(entries->database_hash);
}

/* ---- finding ---- */

/* Returns the slot of a hash table at which the search for "name" in the database "db" begins. If
 * "name" is empty, the search is for the database itself. */
static size_t slot_of(const struct rdb_catalog_entries *entries, const char *db, const char *name,
	size_t name_len)
{
	const struct rdb_siphash_key below = {
		{rdb_siphash(&entries->key, db, strlen(db)), entries->key.k[1]}};

	return rdb_siphash(&below, name, name_len) & (entries->hash_size - 1);
}

struct rdb_catalog_database *rdb_catalog_entries_database(
	const struct rdb_catalog_entries *entries, const char *db)
{
	struct rdb_catalog_database *database;

	if (entries->hash_size == 0)
		return NULL;
	database = entries->database_hash[slot_of(entries, db, "", 0)];
	while (database && strcmp(database->name, db) != 0)
		database = database->hash_next;
	return database;
}

struct rdb_catalog_member *rdb_catalog_entries_find(
	const struct rdb_catalog_entries *entries, const char *db, const char *file)
{
	struct rdb_catalog_member *member;

	if (entries->hash_size == 0)
		return NULL;
	member = entries->member_hash[slot_of(entries, db, file, strlen(file))];
	while (member &&
		(strcmp(member->member.file, file) != 0 || strcmp(member->member.db, db) != 0))
		member = member->hash_next;
	return member;
}

static struct rdb_catalog_table_entry *find_table(const struct rdb_catalog_entries *entries,
	const struct rdb_catalog_database *database, const char *name, size_t len)
{
	size_t slot = slot_of(entries, database->name, name, len);
	struct rdb_catalog_table_entry *table = entries->table_hash[slot];

	while (table && (table->database != database || table->name_len != len ||
				memcmp(table->name, name, len) != 0))
		table = table->hash_next;
	return table;
}

/* ---- adding ---- */

static void put_member(struct rdb_catalog_entries *entries, struct rdb_catalog_member *member)
{
	const char *file = member->member.file;
	size_t slot = slot_of(entries, member->member.db, file, strlen(file));

	member->hash_next = entries->member_hash[slot];
	entries->member_hash[slot] = member;
}

static void put_table(struct rdb_catalog_entries *entries, struct rdb_catalog_table_entry *table)
{
	size_t slot = slot_of(entries, table->database->name, table->name, table->name_len);

	table->hash_next = entries->table_hash[slot];
	entries->table_hash[slot] = table;
}

static void put_database(struct rdb_catalog_entries *entries, struct rdb_catalog_database *database)
{
	size_t slot = slot_of(entries, database->name, "", 0);

	database->hash_next = entries->database_hash[slot];
	entries->database_hash[slot] = database;
}

static int grow_hashes(struct rdb_catalog_entries *entries)
{
	size_t size = entries->hash_size ? entries->hash_size * 2 : 64;
	struct rdb_catalog_member **members = calloc(size, sizeof(*members));
	struct rdb_catalog_table_entry **tables = calloc(size, sizeof(*tables)),
				       **old_tables = entries->table_hash;
	struct rdb_catalog_database **databases = calloc(size, sizeof(*databases));
	size_t old_size = entries->hash_size;
	struct rdb_catalog_table_entry *next;

	if (!members || !tables || !databases) {
		free(members);
		free(tables);
		free(databases);
		return -ENOMEM;
	}
	free(entries->member_hash);
	free(entries->database_hash);
	entries->member_hash = members;
	entries->table_hash = tables;
	entries->database_hash = databases;
	entries->hash_size = size;
	entries->bytes += (size - old_size) * 3 * sizeof(*members);
	for (uint32_t i = 0; i < entries->count; i++)
		put_member(entries, rdb_catalog_entries_member(entries, i));
	for (struct rdb_catalog_database *db = entries->databases; db; db = db->all_next)
		put_database(entries, db);
	for (size_t i = 0; i < old_size; i++) {
		for (struct rdb_catalog_table_entry *table = old_tables[i]; table; table = next) {
			next = table->hash_next;
			put_table(entries, table);
		}
	}
	free(old_tables);
	return 0;
}

struct rdb_catalog_database *rdb_catalog_entries_add_database(
	struct rdb_catalog_entries *entries, const char *db)
{
	size_t len = strlen(db) + 1;
	struct rdb_catalog_database *database;

	if (entries->database_count >= entries->hash_size && grow_hashes(entries) != 0)
		return NULL;
	database = calloc(1, sizeof(*database) + len);
	if (!database)
		return NULL;
	memcpy(database->name, db, len);
	database->database.name = database->name;
	database->database.number = (uint32_t)entries->database_count++;
	database->all_next = entries->databases;
	entries->databases = database;
	entries->bytes += sizeof(*database) + len;
	put_database(entries, database);
	return database;
}

static struct rdb_catalog_table_entry *add_table(struct rdb_catalog_entries *entries,
	const struct rdb_catalog_database *database, const char *name, size_t len)
{
	struct rdb_catalog_table_entry *table = calloc(1, sizeof(*table) + len + 1);

	if (!table)
		return NULL;
	table->facts.documents = -1;
	table->facts.indexes = -1;
	table->database = database;
	table->name_len = len;
	memcpy(table->name, name, len);
	entries->table_count++;
	entries->bytes += sizeof(*table) + len + 1;
	put_table(entries, table);
	return table;
}

static int grow_members(struct rdb_catalog_entries *entries)
{
	int block = 31 - __builtin_clz(entries->count / RDB_CATALOG_FIRST_BLOCK + 1);

	if (entries->blocks[block])
		return 0;
	entries->blocks[block] =
		calloc(RDB_CATALOG_FIRST_BLOCK << block, sizeof(struct rdb_catalog_member));
	if (!entries->blocks[block])
		return -ENOMEM;
	entries->bytes += (RDB_CATALOG_FIRST_BLOCK << block) * sizeof(struct rdb_catalog_member);
	return 0;
}

static bool is_newer(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

static struct rdb_catalog_table_entry *table_of(struct rdb_catalog_entries *entries,
	const struct rdb_catalog_database *database, const char *file)
{
	size_t name_len = rdb_name_table(file);
	struct rdb_catalog_table_entry *table = find_table(entries, database, file, name_len);

	return table ? table : add_table(entries, database, file, name_len);
}

int rdb_catalog_entries_add(
	struct rdb_catalog_entries *entries, struct rdb_member *member, uint64_t offset)
{
	struct rdb_catalog_database *database;
	struct rdb_catalog_table_entry *table;
	struct rdb_catalog_member *added;
	char *file;
	int ret;

	if (entries->count >= entries->hash_size && grow_hashes(entries) != 0)
		return -ENOMEM;
	ret = grow_members(entries);
	if (ret != 0)
		return ret;
	database = rdb_catalog_entries_database(entries, member->db);
	if (!database)
		database = rdb_catalog_entries_add_database(entries, member->db);
	table = database ? table_of(entries, database, member->file) : NULL;
	file = strdup(member->file);
	if (!table || !file) {
		free(file);
		return -ENOMEM;
	}
	member->number = entries->count;
	member->db = database->name;
	member->file = file;
	added = rdb_catalog_entries_member(entries, entries->count++);
	entries->bytes += strlen(file) + 1;
	*added = (struct rdb_catalog_member){.member = *member, .offset = offset, .table = table};
	put_member(entries, added);
	database->count++;
	if (is_newer(&member->mtime, &database->database.mtime))
		database->database.mtime = member->mtime;
	return 0;
}
