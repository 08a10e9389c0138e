/*
 * Declarations shared by known_keys.c (users of a table, and which thread reads the keys),
 * known_keys_name.c and known_keys_pass.c (reading).
 */
#ifndef RDB_KEYS_KNOWN_KEYS_PRIVATE_H
#define RDB_KEYS_KNOWN_KEYS_PRIVATE_H

#include "keys/known_keys.h"

#include <pthread.h>

/* What is known about the keys of an archive's tables: one shared state (struct rdb_known_keys) for
 * each table. */
struct rdb_known_keys_list {
	pthread_mutex_t lock; /* guards the list and its elements; held only for moments */
	pthread_cond_t changed;
	struct rdb_known_keys *tables; /* the most recently used state is the first */
};

/* Waits while another thread reads the table's keys. Returns 0 if at least as much is known about
 * the keys as "phase" says (see enum rdb_keys_phase). Returns 1 if less is known and no thread is
 * reading; the caller must then read the keys, and call rdb_known_keys_release() at the end.
 * Returns -ECANCELED after a cancel. */
int rdb_known_keys_claim(
	struct rdb_known_keys *state, enum rdb_keys_phase phase, const struct rdb_cancel *cancel);

/* Claims, without waiting, the right to read the primary keys of all documents of a table from the
 * archive. If the function returns true, the caller must read the keys and then call
 * rdb_known_keys_release(). Returns false if another thread has the right, or if the table is known
 * not to be sorted by key. Also returns false unless the phase is RDB_KEYS_NAMED: in RDB_KEYS_NEW,
 * the name of the primary key is unknown, and in later phases, the keys were already read. */
bool rdb_known_keys_try_claim(struct rdb_known_keys *state);

/* Ends the caller's exclusive right to read the table's keys, after rdb_known_keys_claim() has
 * returned 1 or rdb_known_keys_try_claim() has returned true. "phase" says what is known about the
 * keys after the reading. Other threads can then claim the right. */
void rdb_known_keys_release(struct rdb_known_keys *state, enum rdb_keys_phase phase);

/* Records that the keys of the table's documents are not in ascending order. */
void rdb_known_keys_set_unsorted(struct rdb_known_keys *state);

/* Returns the descriptor of the folder for the table's key file, or -1 if no key file is kept for
 * the table. */
int rdb_known_keys_folder(const struct rdb_known_keys *state);

#endif
