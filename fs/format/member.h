/*
 * The members of a backup as data: its databases, and the two files of each table. No functions;
 * the strings belong to the catalogue (index/catalog.h).
 */
#ifndef RDB_FORMAT_MEMBER_H
#define RDB_FORMAT_MEMBER_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum rdb_member_kind { RDB_MEMBER_INFO, RDB_MEMBER_JSON, RDB_MEMBER_CSV };

struct rdb_member {
	const char *db;   /* database; lives as long as the archive */
	const char *file; /* "posts.json"; lives as long as the archive */
	enum rdb_member_kind kind;
	uint32_t number; /* number of the member in its archive; dense from 0 */
	uint64_t size;   /* bytes */
	struct timespec mtime;
};

struct rdb_database {
	const char *name;      /* lives as long as the archive */
	uint32_t number;       /* number of the database in its archive; dense from 0 */
	struct timespec mtime; /* time of the database's newest member known so far; 0: none */
};

/* Facts about a table; unknown counts are -1, unknown texts empty. */
struct rdb_table_facts {
	int64_t documents;
	int64_t indexes;
	bool damaged; /* valid in state DAMAGED */
	char primary_key[128];
};

#endif
