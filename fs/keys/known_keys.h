/*
 * The known facts about the keys of an archive's tables. All users of a table share these facts.
 * The facts are kept for a while after the last user has closed the table.
 */
#ifndef RDB_KEYS_KNOWN_KEYS_H
#define RDB_KEYS_KNOWN_KEYS_H

#include "keys/key_file.h"
#include "keys/table_order.h"
#include "keys/table_walk.h"

/*
 * What is known about a table's keys:
 *   NEW      nothing is known.
 *   NAMED    the name of the primary key and the first document's key are known.
 *   KNOWN    the whole key index is known.
 *   PARTIAL  the key index is known up to the offset where the table becomes unreadable.
 */
enum rdb_keys_phase { RDB_KEYS_NEW, RDB_KEYS_NAMED, RDB_KEYS_KNOWN, RDB_KEYS_PARTIAL };

struct rdb_key_builder;
struct rdb_known_keys_list;

struct rdb_known_keys {
	struct rdb_known_keys_list *list; /* list of this state; its lock guards the fields below */
	struct rdb_known_keys *next;
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

/* Stores in *out a struct with the known facts about a table's keys, which all users of the table
 * share. Creates the struct if the table has none. The caller releases the struct with
 * rdb_known_keys_put(). Returns 0 or -ENOMEM. */
int rdb_known_keys_get(
	struct rdb_archive *archive, const struct rdb_member *member, struct rdb_known_keys **out);
void rdb_known_keys_put(struct rdb_known_keys *state);

/*
 * Reads the name of the primary key and the key of the first document, unless both are already
 * known. Returns 0, or an error of rdb_table_keys_open().
 */
int rdb_known_keys_name(
	struct rdb_known_keys *state, const struct rdb_cancel *cancel, struct rdb_err *err);

/*
 * Loads the table's key index from its file. If there is no valid file, builds the index by reading
 * the whole table. Does nothing if the index is in memory already. Returns 0, or an error of
 * rdb_table_keys_find().
 */
int rdb_known_keys_learn(
	struct rdb_known_keys *state, const struct rdb_cancel *cancel, struct rdb_err *err);

/* rdb_known_keys_order() returns whether a table's keys are in ascending order, if this is known. A
 * caller that has read the table for another purpose passes the keys to rdb_known_keys_learnt(),
 * which records their order. See rdb_table_keys_order() and
 * rdb_table_keys_learnt(). */
enum rdb_table_order rdb_known_keys_order(struct rdb_known_keys *state);
void rdb_known_keys_learnt(struct rdb_known_keys *state, struct rdb_key_builder *builder,
	enum rdb_table_layout layout);

/* Returns the key index, or NULL if the index is not complete. The index is valid until the caller
 * calls rdb_known_keys_put(). */
const struct rdb_key_index *rdb_known_keys_index(struct rdb_known_keys *state);
bool rdb_known_keys_mixed(struct rdb_known_keys *state);

/*
 * Reads the next document. Stores its key as JSON text in *json, and in encoded form in *key.
 * Returns 1, 0 after the last document, an error of rdb_table_walk_next(), or
 *   -EINVAL if the document has no usable primary key.
 */
int rdb_known_keys_next(const struct rdb_known_keys *state, struct rdb_table_walk *walk,
	struct rdb_json_piece *document, struct rdb_json_span *json, struct rdb_primary_key *key,
	struct rdb_err *err);

#endif
