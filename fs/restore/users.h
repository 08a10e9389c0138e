/*
 * Users and their permissions, from a backup into a cluster. Missing users are created; an existing
 * user is unchanged unless force is set. "admin" is never changed. Databases and tables of
 * permissions are identified by their names in the backup, since their ids differ between clusters.
 * Clusters do not reveal passwords, so a user gets one from the caller, or a random one that is not
 * disclosed; a user without a password gets none.
 */
#ifndef RDB_RESTORE_USERS_H
#define RDB_RESTORE_USERS_H

#include "restore/system.h"

struct rdb_users_options {
	/* Replaces existing users' permissions where the backup has any, and their passwords where
	 * passwords has one. */
	bool force;
	const json_t *passwords; /* passwords, an object of user to password; NULL: none */
};

struct rdb_users_outcome {
	size_t created, changed, left; /* users */
	size_t failed;                 /* users and permissions that failed with a warning */
	struct rdb_buf need_password;  /* names of users with a random password: "app, it"; owned */
};

/*
 * Reads the cluster's users into *have, which the caller owns, and checks the permission to do so
 * before anything is written.
 *   -EACCES  the user may not read them
 */
int rdb_users_prepare(struct rdb_system *system, const struct rdb_users_options *options,
	json_t **have, struct rdb_err *err);

/* Restores the users; have: from rdb_users_prepare(). A user's failure does not stop the others:
 * warn() reports it. Returns 0, -ECANCELED or -ENOMEM. */
int rdb_users_restore(struct rdb_system *system, const struct rdb_users_options *options,
	const json_t *have, struct rdb_users_outcome *outcome, struct rdb_err *err);

#endif
