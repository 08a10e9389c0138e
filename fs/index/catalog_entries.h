/* The databases, tables and members of a catalogue (index/catalog.h). They never move while the
 * struct exists. The caller holds the catalogue's lock. */
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
	size_t name_len; /* length of the file's name without the extension */
	const struct rdb_catalog_database *database;
	char name[];
};

struct rdb_catalog_database {
	struct rdb_database database;
	struct rdb_catalog_database *hash_next;
	struct rdb_catalog_database *all_next;
	const uint32_t *sorted; /* member numbers in the order of listings; set when complete */
	size_t count;           /* number of members */
	char name[];
};

struct rdb_catalog_entries {
	struct rdb_siphash_key key;
	/* Blocks of members: blocks[b] has room for RDB_CATALOG_FIRST_BLOCK << b members. A block
	 * is never moved, so that pointers to its members stay valid. */
	struct rdb_catalog_member *blocks[RDB_CATALOG_BLOCKS];
	uint32_t count; /* number of members */
	struct rdb_catalog_member **member_hash;
	struct rdb_catalog_table_entry **table_hash;
	struct rdb_catalog_database **database_hash;
	size_t hash_size; /* number of slots of each hash table; a power of two */
	struct rdb_catalog_database *databases;
	size_t database_count;
	size_t table_count;
	size_t bytes; /* bytes of memory of all entries and hash tables */
};

/* Initialises empty entries. Returns 0, or -ENOMEM if the system supplies no random numbers to seed
 * the hash tables. In both cases, the caller frees the entries with rdb_catalog_entries_free(). */
int rdb_catalog_entries_init(struct rdb_catalog_entries *entries);
void rdb_catalog_entries_free(struct rdb_catalog_entries *entries);

/* Returns the member with the index "number". The member must exist. */
struct rdb_catalog_member *rdb_catalog_entries_member(
	const struct rdb_catalog_entries *entries, uint32_t number);

/* The functions rdb_catalog_entries_database() and rdb_catalog_entries_find() look up a database or
 * a member by name. They return NULL if the name does not exist. */
struct rdb_catalog_database *rdb_catalog_entries_database(
	const struct rdb_catalog_entries *entries, const char *db);
struct rdb_catalog_member *rdb_catalog_entries_find(
	const struct rdb_catalog_entries *entries, const char *db, const char *file);

/* Adds a database to the entries of a catalogue. The caller has checked that no database with this
 * name exists. Returns the new database, or NULL if memory is exhausted. */
struct rdb_catalog_database *rdb_catalog_entries_add_database(
	struct rdb_catalog_entries *entries, const char *db);

/* Adds a member, and its database and table if missing. Copies the names, and sets member->number.
 * Returns 0 or -ENOMEM. There must be fewer than RDB_CATALOG_MEMBERS_MAX members. */
int rdb_catalog_entries_add(
	struct rdb_catalog_entries *entries, struct rdb_member *member, uint64_t offset);

#endif
