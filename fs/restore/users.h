/*
 * Restores the users of a backup and their permissions into a cluster. Missing users are created.
 * Existing users are changed only if force is set, and "admin" is never changed. The databases and
 * tables of permissions are found by name, because ids differ between clusters. A backup contains
 * no passwords. A user who has a password gets the password in options, or else a random password
 * that is not disclosed.
 */
#ifndef RDB_RESTORE_USERS_H
#define RDB_RESTORE_USERS_H

#include "restore/system.h"

struct rdb_users_options {
	/* If true, users that exist in the cluster get the backup's permissions. An existing user
	 * with an entry in "passwords" also gets the password of this entry. If false, existing
	 * users are not changed. */
	bool force;
	const json_t *passwords; /* object of users and their passwords; NULL if none */
};

struct rdb_users_outcome {
	size_t users;                 /* number of the backup's users, without admin */
	struct rdb_buf need_password; /* users with a random password, such as "app, it"; owned */
};

/* Stores the list of the cluster's users in *have, which the caller releases with json_decref().
 * Warns about users in options->passwords that the backup lacks. Returns 0, or an error of
 * rdb_system_ask() such as -EACCES. */
int rdb_users_prepare(struct rdb_system *system, const struct rdb_users_options *options,
	json_t **have, struct rdb_err *err);

/* Restores the users of the backup. "have" contains the cluster's users from rdb_users_prepare().
 * Warns about users that cannot be restored. Returns 0, -ECANCELED or -ENOMEM. */
int rdb_users_restore(struct rdb_system *system, const struct rdb_users_options *options,
	const json_t *have, struct rdb_users_outcome *outcome, struct rdb_err *err);

#endif
