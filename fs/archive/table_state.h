/*
 * What is known of the keys of an archive's tables, shared by all users of a table, and kept for a
 * while afterwards.
 */
#ifndef RDB_ARCHIVE_TABLE_STATE_H
#define RDB_ARCHIVE_TABLE_STATE_H

#include "archive/key_file.h"
#include "archive/table_keys.h"
#include "archive/table_walk.h"

/*
 * NEW      nothing is known
 * NAMED    the name of the primary key, and the first document's
 * KNOWN    the whole index
 * PARTIAL  the index up to where the table stops being readable
 */
enum rdb_table_phase { RDB_TABLE_NEW, RDB_TABLE_NAMED, RDB_TABLE_KNOWN, RDB_TABLE_PARTIAL };

struct rdb_table_state {
	struct rdb_table_state *next; /* the archive's; its keys_lock guards what follows */
	unsigned users;
	bool busy; /* a thread is learning: only it changes the rest, with the lock held */
	enum rdb_table_phase phase;
	bool mixed;    /* NAMED: of the first document */
	bool unsorted; /* NAMED: is known already */

	struct rdb_archive *archive; /* not held */
	struct rdb_member member;
	struct rdb_key_file_id id; /* from NAMED on */
	bool has_id;
	bool guessed;               /* the backup does not name the primary key */
	struct rdb_key_index index; /* from KNOWN on; never changes again */
	int fd;                     /* of its hashes; -1: none */
	struct rdb_err err;         /* PARTIAL: why */
};

/* The state of a table, with one more user. 0 or -ENOMEM. */
int rdb_table_state_get(
	struct rdb_archive *archive, const struct rdb_member *member, struct rdb_table_state **out);
void rdb_table_state_put(struct rdb_table_state *state);

/*
 * Ensures that the state is NAMED.
 *   -EIO -ECANCELED -ENOMEM  as rdb_table_keys_open()
 */
int rdb_table_state_name(
	struct rdb_table_state *state, const struct rdb_cancel *cancel, struct rdb_err *err);

/*
 * Ensures that the state is KNOWN or PARTIAL: reads the table if necessary.
 *   -EIO -ECANCELED -ENOMEM, errors of files  as rdb_table_keys_find()
 */
int rdb_table_state_learn(
	struct rdb_table_state *state, const struct rdb_cancel *cancel, struct rdb_err *err);

/* As rdb_table_keys_order() and rdb_table_keys_learnt(). */
enum rdb_table_order rdb_table_state_order(struct rdb_table_state *state);
void rdb_table_state_learnt(struct rdb_table_state *state, struct rdb_key_builder *builder,
	enum rdb_table_layout layout);

/* The index if KNOWN; else NULL. Valid as long as the caller uses the state. */
const struct rdb_key_index *rdb_table_state_index(struct rdb_table_state *state);
bool rdb_table_state_mixed(struct rdb_table_state *state);

/*
 * The next document of a walk, its key as text and encoded: 1; 0 behind the last.
 *   -EIO -EINVAL -ECANCELED -ENOMEM  as rdb_table_walk_next(); -EINVAL: no usable primary key
 */
int rdb_table_state_next(const struct rdb_table_state *state, struct rdb_table_walk *walk,
	struct rdb_json_piece *document, struct rdb_json_span *json, struct rdb_primary_key *key,
	struct rdb_err *err);

#endif
