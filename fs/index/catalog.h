/* The members of an archive, added while they are found, and listed in order once the catalogue is
 * complete. Names and members never move, so pointers to them live as long as the catalogue. Any
 * number of threads may call, but only one at a time adds members. */
#ifndef RDB_INDEX_CATALOG_H
#define RDB_INDEX_CATALOG_H

#include "format/member.h"

#define RDB_CATALOG_MEMBERS_MAX 4000000
#define RDB_CATALOG_BYTES_MAX (256u << 20) /* bytes of memory; a member needs about 400 bytes */

struct rdb_catalog;

int rdb_catalog_create(struct rdb_catalog **out); /* returns 0 or -ENOMEM */
void rdb_catalog_free(struct rdb_catalog *catalog);

/*
 * Adds a member to the catalogue, and sets member->number. Copies the member's names. "offset" is
 * the position of the member's data in the archive's decompressed content.
 * Returns:
 *   0        the member was added
 *   -EEXIST  the catalogue has a member with the same names
 *   -E2BIG   the catalogue is too large
 *   -EROFS   the catalogue was declared complete
 *   -ENOMEM  memory is exhausted
 */
int rdb_catalog_add(struct rdb_catalog *catalog, struct rdb_member *member, uint64_t offset);

/*
 * Adds a database that has no members. If a database has members, rdb_catalog_add() adds the
 * database together with its first member.
 * Returns:
 *   0        the catalogue has the database
 *   -E2BIG   the catalogue is too large
 *   -EROFS   the catalogue was declared complete
 *   -ENOMEM  memory is exhausted
 */
int rdb_catalog_add_db(struct rdb_catalog *catalog, const char *db);

/* Declares the catalogue complete, and sorts the entries. Returns 0 or -ENOMEM. */
int rdb_catalog_complete(struct rdb_catalog *catalog);
bool rdb_catalog_is_complete(struct rdb_catalog *catalog);

/* The next three functions look up a member or a database. Each function returns 0, or -ENOENT if
 * nothing was found. While the catalogue is incomplete, the member or database may still be added
 * later. */
int rdb_catalog_find(
	struct rdb_catalog *catalog, const char *db, const char *file, struct rdb_member *out);
int rdb_catalog_find_db(struct rdb_catalog *catalog, const char *db, struct rdb_database *out);
int rdb_catalog_get(
	struct rdb_catalog *catalog, uint32_t number, struct rdb_member *out, uint64_t *offset);

/* The next two functions store facts about a table for rdb_catalog_table(). "number" is the member
 * number of any of the table's files. The caller passes -1 for an unknown number of documents or
 * indexes, and "" for an unknown primary key. */
void rdb_catalog_set_documents(struct rdb_catalog *catalog, uint32_t number, int64_t documents);
void rdb_catalog_set_info(
	struct rdb_catalog *catalog, uint32_t number, int64_t indexes, const char *primary_key);
void rdb_catalog_table(struct rdb_catalog *catalog, uint32_t number, struct rdb_table_facts *out);

void rdb_catalog_set_damaged(struct rdb_catalog *catalog, uint32_t number);

/* Stores in *tables the number of all tables, and in *documents the sum of the tables' known
 * document counts. A table with an unknown count adds nothing to the sum. */
void rdb_catalog_totals(struct rdb_catalog *catalog, uint64_t *tables, uint64_t *documents);

uint64_t rdb_catalog_damaged(struct rdb_catalog *catalog);

/* rdb_catalog_set_top() sets the name of the archive's top folder, and rdb_catalog_top() copies
 * this name to "top". The name is "" if unknown. Each function truncates a long name. */
void rdb_catalog_set_top(struct rdb_catalog *catalog, const char *top);
void rdb_catalog_top(struct rdb_catalog *catalog, char *top, size_t size);

/* The two functions below call emit() for each entry from the position "from" on, until emit()
 * returns false. They return 0, -EAGAIN if the catalogue is incomplete, or -ENOENT if the database
 * is unknown. */
int rdb_catalog_each_db(struct rdb_catalog *catalog, size_t from,
	bool (*emit)(void *arg, const struct rdb_database *db, size_t position), void *arg);
int rdb_catalog_each_member(struct rdb_catalog *catalog, const char *db, size_t from,
	bool (*emit)(void *arg, const struct rdb_member *member, size_t position), void *arg);

#endif
