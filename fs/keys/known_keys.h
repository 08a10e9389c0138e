/*
 * The struct of a table's keys, which all users of the table share. The struct is kept for a while
 * after the last user has closed the table. Shared by known_keys.c (users, and which thread reads
 * the keys), known_keys_name.c and known_keys_pass.c (reading) and table_keys.c (look-ups).
 */
#ifndef RDB_KEYS_KNOWN_KEYS_H
#define RDB_KEYS_KNOWN_KEYS_H

#include "keys/key_file.h"
#include "keys/table_keys.h"
#include "keys/table_walk.h"

#include <pthread.h>

/* Known facts about a table's keys. */
enum rdb_keys_phase {
	RDB_KEYS_NEW,
	RDB_KEYS_NAMED,   /* the name of the primary key, and whether the first key is a string */
	RDB_KEYS_KNOWN,   /* the whole key index */
	RDB_KEYS_PARTIAL, /* the key index of the readable documents of a damaged table */
};

/* Known facts about the keys of an archive's tables: one shared state (struct rdb_table_keys) for
 * each table. */
struct rdb_known_keys_list {
	pthread_mutex_t lock; /* guards the list and its elements; held only for moments */
	pthread_cond_t changed;
	struct rdb_table_keys *tables; /* the most recently used state is the first */
};

struct rdb_table_keys {
	struct rdb_known_keys_list *list; /* list of this state; its lock guards the fields below */
	struct rdb_table_keys *next;
	unsigned users;
	bool busy; /* a thread reads the keys, and may change the fields below */
	enum rdb_keys_phase phase;
	bool mixed;    /* from NAMED on: the first document's key is not a string */
	bool unsorted; /* from NAMED on: the table is known to be out of order */

	struct rdb_archive *archive; /* without a reference */
	struct rdb_member member;
	struct rdb_key_file_id id; /* set from NAMED on */
	bool has_id;
	bool guessed; /* the backup does not name the primary key, so "id" is assumed */
	struct rdb_key_index index; /* set from KNOWN on; then constant */
	int fd;                     /* file of the index's hashes; -1 if there are none */
	struct rdb_err err;         /* reason for PARTIAL */
};

/* Stores the state of a table's keys in *out. All users of the table share one struct. "member" is
 * the table's file. The caller releases *out with rdb_known_keys_put(). Returns 0 or -ENOMEM. */
int rdb_known_keys_get(
	struct rdb_archive *archive, const struct rdb_member *member, struct rdb_table_keys **out);
void rdb_known_keys_put(struct rdb_table_keys *state);

/* Finds the primary key's name, and whether the first document's key is a string. Loads the table's
 * key file if one exists, else reads the first document. Does nothing if both facts are known.
 * Returns 0, or an error of rdb_table_keys_open(). */
int rdb_known_keys_name(
	struct rdb_table_keys *state, const struct rdb_cancel *cancel, struct rdb_err *err);

/* Does nothing if the table's key index is in memory. Otherwise loads the index from its file, or
 * builds the index by reading the whole table. Returns 0, or an error of rdb_table_keys_find(). */
int rdb_known_keys_learn(
	struct rdb_table_keys *state, const struct rdb_cancel *cancel, struct rdb_err *err);

/* Returns the key index, or NULL if the index is not complete. The index is valid until the caller
 * calls rdb_known_keys_put(). */
const struct rdb_key_index *rdb_known_keys_index(const struct rdb_table_keys *state);

/*
 * Reads the next document. Stores the document's primary key as JSON text in *json, and in encoded
 * form in *key.
 * Returns:
 *   1        there is a document
 *   0        the table has ended
 *   -EINVAL  the document has no usable primary key
 *   other    an error of rdb_table_walk_next()
 */
int rdb_known_keys_next(const struct rdb_table_keys *state, struct rdb_table_walk *walk,
	struct rdb_json_piece *document, struct rdb_json_span *json, struct rdb_primary_key *key,
	struct rdb_err *err);

/*
 * Claims the right to read the table's keys, unless the keys are already known up to "phase".
 * Waits while another thread reads the keys.
 * Returns:
 *   0           the state has reached "phase" or a later phase
 *   1           the caller must read the keys, and then call rdb_known_keys_release()
 *   -ECANCELED  the cancel object was fired
 */
int rdb_known_keys_claim(
	struct rdb_table_keys *state, enum rdb_keys_phase phase, const struct rdb_cancel *cancel);

/* Claims the right to set the table's key index, without waiting. After true, the caller must call
 * rdb_known_keys_release(). Returns false if another thread reads the keys, the keys are known to
 * be unsorted, or state->phase is not RDB_KEYS_NAMED. */
bool rdb_known_keys_try_claim(struct rdb_table_keys *state);

/* Ends the caller's claim (see rdb_known_keys_claim()), so that other threads can read the keys.
 * "phase" is the new phase of the state. */
void rdb_known_keys_release(struct rdb_table_keys *state, enum rdb_keys_phase phase);

/* Records that the keys of the table's documents are not in ascending order. */
void rdb_known_keys_set_unsorted(struct rdb_table_keys *state);

/* Returns the descriptor of the folder for the table's key file, or -1 if no key file is kept for
 * the table. */
int rdb_known_keys_folder(const struct rdb_table_keys *state);

#endif
