/*
 * Shared by known_keys.c (users, and which thread reads the keys), known_keys_name.c and
 * known_keys_pass.c (the reading).
 */
#ifndef RDB_KEYS_KNOWN_KEYS_PRIVATE_H
#define RDB_KEYS_KNOWN_KEYS_PRIVATE_H

#include "keys/known_keys.h"

#include <pthread.h>

/* The tables of an archive whose keys are known. */
struct rdb_known_keys_list {
	pthread_mutex_t lock; /* guards the list and its elements; held for moments */
	pthread_cond_t changed;
	struct rdb_known_keys *tables; /* the most recently used one is the first */
};

/* Waits while another thread reads the table's keys. Returns 1: the caller must read them; 0: the
 * state is at the phase already; or -ECANCELED. */
int rdb_known_keys_claim(
	struct rdb_known_keys *state, enum rdb_keys_phase phase, const struct rdb_cancel *cancel);

/* As rdb_known_keys_claim(), for the phase RDB_KEYS_KNOWN, without waiting. */
bool rdb_known_keys_try_claim(struct rdb_known_keys *state);

/* Sets the phase that the reading has reached, and lets other threads read. */
void rdb_known_keys_release(struct rdb_known_keys *state, enum rdb_keys_phase phase);

/* Notes that the table is out of order. */
void rdb_known_keys_set_unsorted(struct rdb_known_keys *state);

/* Returns the folder for the table's key file; -1: none. */
int rdb_known_keys_folder(const struct rdb_known_keys *state);

#endif
