/*
 * The members of a backup, which are its databases and the two files of each table. This header has
 * only types. The catalogue (index/catalog.h) owns the strings.
 */
#ifndef RDB_FORMAT_MEMBER_H
#define RDB_FORMAT_MEMBER_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum rdb_member_kind { RDB_MEMBER_INFO, RDB_MEMBER_JSON, RDB_MEMBER_CSV };

struct rdb_member {
	const char *db;   /* name; lives as long as the archive */
	const char *file; /* "posts.json"; lives as long as the archive */
	enum rdb_member_kind kind;
	uint32_t number; /* number in the archive, counted from 0 without gaps */
	uint64_t size;   /* bytes */
	struct timespec mtime;
};

struct rdb_database {
	const char *name;      /* lives as long as the archive */
	uint32_t number;       /* number in the archive, counted from 0 without gaps */
	struct timespec mtime; /* mtime of the newest member known so far; 0 if none */
};

/* Facts about a table of a backup. Unknown counts are -1, and unknown texts are empty. */
struct rdb_table_facts {
	int64_t documents;
	int64_t indexes;
	bool damaged; /* valid only if the archive is in the state DAMAGED */
	char primary_key[128];
};

#endif
