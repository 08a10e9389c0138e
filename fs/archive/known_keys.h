/*
 * What is known of the keys of an archive's tables, shared by all users of a table, and kept for a
 * while after the last one has closed it.
 */
#ifndef RDB_ARCHIVE_KNOWN_KEYS_H
#define RDB_ARCHIVE_KNOWN_KEYS_H

#include "archive/key_file.h"
#include "archive/table_keys.h"
#include "archive/table_walk.h"

/*
 * How much is known of a table's keys:
 *   NEW      nothing
 *   NAMED    the name of the primary key, and the first document's key
 *   KNOWN    the whole key index
 *   PARTIAL  the key index up to the offset where the table stops being readable
 */
enum rdb_keys_phase { RDB_KEYS_NEW, RDB_KEYS_NAMED, RDB_KEYS_KNOWN, RDB_KEYS_PARTIAL };

struct rdb_known_keys {
	struct rdb_known_keys *next; /* the archive's next state; the archive's keys_lock guards
					 the fields below */
	unsigned users;
	bool busy; /* a thread is reading the keys: only it changes the fields below, with the lock
		      held */
	enum rdb_keys_phase phase;
	bool mixed;    /* from NAMED on: as rdb_table_keys_mixed(), of the first document */
	bool unsorted; /* from NAMED on: the table is known to be out of order */

	struct rdb_archive *archive; /* not held */
	struct rdb_member member;
	struct rdb_key_file_id id; /* from NAMED on */
	bool has_id;
	bool guessed;               /* the backup does not name the primary key */
	struct rdb_key_index index; /* from KNOWN on; never changes again */
	int fd;                     /* file of the index's hashes; -1: none */
	struct rdb_err err;         /* PARTIAL: why */
};

/* Finds or adds the state of a table, with one more user. Returns 0 or -ENOMEM. */
int rdb_known_keys_get(
	struct rdb_archive *archive, const struct rdb_member *member, struct rdb_known_keys **out);
void rdb_known_keys_put(struct rdb_known_keys *state);

/*
 * Ensures that the state is RDB_KEYS_NAMED.
 *   -EIO -ECANCELED -ENOMEM  as rdb_table_keys_open()
 */
int rdb_known_keys_name(
	struct rdb_known_keys *state, const struct rdb_cancel *cancel, struct rdb_err *err);

/*
 * Ensures that the state is RDB_KEYS_KNOWN or RDB_KEYS_PARTIAL: loads the key index, or reads the
 * table to create it.
 *   -EIO -ECANCELED -ENOMEM, errors of files  as rdb_table_keys_find()
 */
int rdb_known_keys_learn(
	struct rdb_known_keys *state, const struct rdb_cancel *cancel, struct rdb_err *err);

/* As rdb_table_keys_order() and rdb_table_keys_learnt(). */
enum rdb_table_order rdb_known_keys_order(struct rdb_known_keys *state);
void rdb_known_keys_learnt(struct rdb_known_keys *state, struct rdb_key_builder *builder,
	enum rdb_table_layout layout);

/* Returns the index if the state is RDB_KEYS_KNOWN; else NULL. Valid as long as the caller uses
 * the state. */
const struct rdb_key_index *rdb_known_keys_index(struct rdb_known_keys *state);
bool rdb_known_keys_mixed(struct rdb_known_keys *state);

/*
 * Reads the next document of a walk, with its key as text and encoded. Returns 1, 0 behind the
 * last, or an error.
 *   -EINVAL  the document has no usable primary key
 *   others   as rdb_table_walk_next()
 */
int rdb_known_keys_next(const struct rdb_known_keys *state, struct rdb_table_walk *walk,
	struct rdb_json_piece *document, struct rdb_json_span *json, struct rdb_primary_key *key,
	struct rdb_err *err);

#endif
