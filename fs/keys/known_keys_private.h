/*
 * Declarations shared by known_keys.c (users of a table, and which thread reads the keys),
 * known_keys_name.c and known_keys_pass.c (reading).
 */
#ifndef RDB_KEYS_KNOWN_KEYS_PRIVATE_H
#define RDB_KEYS_KNOWN_KEYS_PRIVATE_H

#include "keys/known_keys.h"

#include <pthread.h>

/* The list of the states (struct rdb_known_keys) of an archive's tables. */
struct rdb_known_keys_list {
	pthread_mutex_t lock; /* guards the list and its elements; held only for moments */
	pthread_cond_t changed;
	struct rdb_known_keys *tables; /* the most recently used state is the first */
};

/* Waits while another thread reads the table's keys. Returns 1 if the caller must read the keys, 0
 * if the requested phase is already reached, or -ECANCELED. */
int rdb_known_keys_claim(
	struct rdb_known_keys *state, enum rdb_keys_phase phase, const struct rdb_cancel *cancel);

/* Claims the table for the phase RDB_KEYS_KNOWN. Returns false if another thread reads the keys, or
 * the order of the keys is already known. Does not wait. */
bool rdb_known_keys_try_claim(struct rdb_known_keys *state);

/* Sets the phase that the caller has reached, and allows other threads to read the keys. The caller
 * has claimed the table. */
void rdb_known_keys_release(struct rdb_known_keys *state, enum rdb_keys_phase phase);

/* Records that the table is out of order. */
void rdb_known_keys_set_unsorted(struct rdb_known_keys *state);

/* Returns the folder for the table's key file, or -1 if there is none. */
int rdb_known_keys_folder(const struct rdb_known_keys *state);

#endif
