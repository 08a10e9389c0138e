/*
 * The members of one archive as they become known: found by name, numbered densely, listed in order
 * once complete. Names and members never move, so pointers to them are valid as long as the
 * catalogue.
 *
 * Threads: any number at once; one at a time adds.
 */
#ifndef RDB_INDEX_CATALOG_H
#define RDB_INDEX_CATALOG_H

#include "format/member.h"

#define RDB_CATALOG_MEMBERS_MAX 4000000
#define RDB_CATALOG_BYTES_MAX (256u << 20) /* bytes of memory; a member takes about 400 */

struct rdb_catalog;

int rdb_catalog_create(struct rdb_catalog **out); /* 0, -ENOMEM */
void rdb_catalog_free(struct rdb_catalog *catalog);

/*
 * Adds a member whose data starts at offset of the archive's decompressed content. Copies db and
 * file, and sets member->number.
 *   -EEXIST   one of that name exists
 *   -EROFS    the catalogue is complete
 *   -E2BIG    more members than RDB_CATALOG_MEMBERS_MAX, or more than RDB_CATALOG_BYTES_MAX
 *   -ENOMEM
 */
int rdb_catalog_add(struct rdb_catalog *catalog, struct rdb_member *member, uint64_t offset);

/*
 * Adds a database of that name unless it exists; it may have no member.
 *   -EROFS    the catalogue is complete without it
 *   -E2BIG -ENOMEM
 */
int rdb_catalog_add_db(struct rdb_catalog *catalog, const char *db);

/* Declares the catalogue complete, and sorts it. Returns 0 or -ENOMEM. */
int rdb_catalog_complete(struct rdb_catalog *catalog);
bool rdb_catalog_is_complete(struct rdb_catalog *catalog);

/* Looks up a member. Returns 0 or -ENOENT (which proves nothing before the catalogue is complete).
 */
int rdb_catalog_find(
	struct rdb_catalog *catalog, const char *db, const char *file, struct rdb_member *out);
int rdb_catalog_find_db(struct rdb_catalog *catalog, const char *db, struct rdb_database *out);
int rdb_catalog_get(
	struct rdb_catalog *catalog, uint32_t number, struct rdb_member *out, uint64_t *offset);

/* Facts about a member's table. Unknown: -1 and "". */
void rdb_catalog_set_documents(struct rdb_catalog *catalog, uint32_t number, int64_t documents);
void rdb_catalog_set_info(
	struct rdb_catalog *catalog, uint32_t number, int64_t indexes, const char *primary_key);
void rdb_catalog_table(struct rdb_catalog *catalog, uint32_t number, struct rdb_table_facts *out);

void rdb_catalog_set_damaged(struct rdb_catalog *catalog, uint32_t number);

/* Number of tables, and of documents in all counted ones. */
void rdb_catalog_totals(struct rdb_catalog *catalog, uint64_t *tables, uint64_t *documents);

/* Number of damaged tables. */
uint64_t rdb_catalog_damaged(struct rdb_catalog *catalog);

/* Sets the top folder of the archive's tables; truncated to fit. Empty: unknown. */
void rdb_catalog_set_top(struct rdb_catalog *catalog, const char *top);
void rdb_catalog_top(struct rdb_catalog *catalog, char *top, size_t size);

/* As rdb_archive_each_db() and rdb_archive_each_member(). -EAGAIN before the catalogue is complete.
 */
int rdb_catalog_each_db(struct rdb_catalog *catalog, size_t from,
	bool (*emit)(void *arg, const struct rdb_database *db, size_t position), void *arg);
int rdb_catalog_each_member(struct rdb_catalog *catalog, const char *db, size_t from,
	bool (*emit)(void *arg, const struct rdb_member *member, size_t position), void *arg);

#endif
