/*
 * The entries of a catalogue (index/catalog.h): databases, tables and members, found by name. They
 * never move, so pointers to them are valid as long as the entries.
 *
 * Not thread-safe: the catalogue's lock protects all of it.
 */
#ifndef RDB_INDEX_CATALOG_ENTRIES_H
#define RDB_INDEX_CATALOG_ENTRIES_H

#include "base/siphash.h"
#include "format/member.h"

#include <stddef.h>

#define RDB_CATALOG_FIRST_BLOCK 64u
#define RDB_CATALOG_BLOCKS 17

struct rdb_catalog_member {
	struct rdb_member member;
	uint64_t offset;
	struct rdb_catalog_table_entry *table;
	struct rdb_catalog_member *hash_next;
};

struct rdb_catalog_table_entry {
	struct rdb_table_facts facts;
	struct rdb_catalog_table_entry *hash_next;
	size_t name_len; /* bytes of the file's name without its extension */
	const struct rdb_catalog_database *database;
	char name[];
};

struct rdb_catalog_database {
	struct rdb_database database;
	struct rdb_catalog_database *hash_next;
	struct rdb_catalog_database *all_next;
	uint32_t *sorted; /* member numbers, sorted; once complete */
	size_t count;     /* members */
	size_t filled;    /* while sorting */
	char name[];
};

struct rdb_catalog_entries {
	struct rdb_siphash_key key;
	/* Members are in blocks that never move; block b holds RDB_CATALOG_FIRST_BLOCK << b. */
	struct rdb_catalog_member *blocks[RDB_CATALOG_BLOCKS];
	uint32_t count; /* members */
	struct rdb_catalog_member **member_hash;
	struct rdb_catalog_table_entry **table_hash;
	struct rdb_catalog_database **database_hash;
	size_t hash_size; /* size of each of the three hash tables; a power of two */
	struct rdb_catalog_database *databases;
	size_t database_count;
	size_t table_count;
	size_t bytes; /* bytes of memory in all */
};

/* Initialises entries. Returns 0 or -ENOMEM: no random numbers. Free them in any case. */
int rdb_catalog_entries_init(struct rdb_catalog_entries *entries);
void rdb_catalog_entries_free(struct rdb_catalog_entries *entries);

/* Returns the member of that number, which must exist. */
struct rdb_catalog_member *rdb_catalog_entries_member(
	const struct rdb_catalog_entries *entries, uint32_t number);

/* Look up an entry by name. Return NULL if there is none. */
struct rdb_catalog_database *rdb_catalog_entries_database(
	const struct rdb_catalog_entries *entries, const char *db);
struct rdb_catalog_member *rdb_catalog_entries_find(
	const struct rdb_catalog_entries *entries, const char *db, const char *file);

/* Adds a database, which must not exist. Returns NULL when out of memory. */
struct rdb_catalog_database *rdb_catalog_entries_add_database(
	struct rdb_catalog_entries *entries, const char *db);

/* Adds a member, which must not exist, unless there are RDB_CATALOG_MEMBERS_MAX, and its database
 * and table if they are missing. Copies db and file, and sets member->number. Returns 0 or -ENOMEM.
 */
int rdb_catalog_entries_add(
	struct rdb_catalog_entries *entries, struct rdb_member *member, uint64_t offset);

#endif
