/*
 * Users and their permissions, from a backup into a cluster. Users that are missing are created;
 * a user that exists is left as it is, unless force is set. "admin" is never changed. Databases and
 * tables of permissions are found by their names in the backup, since their ids are others in
 * another cluster. No cluster tells a password, so a user gets one from the caller, or one that is
 * random and known to nobody; a user without a password gets none.
 */
#ifndef RDB_RESTORE_USERS_H
#define RDB_RESTORE_USERS_H

#include "restore/system.h"

struct rdb_users_options {
	/* Replaces permissions of users that exist, on what the backup has permissions for, and
	 * their passwords where passwords has one. */
	bool force;
	const json_t *passwords; /* user to password, an object; NULL: none */
};

struct rdb_users_outcome {
	size_t created, changed, left; /* users */
	size_t failed;                 /* users and permissions that were warned of */
	struct rdb_buf need_password;  /* names of users with a random one: "app, it"; owned */
};

/*
 * Looks at the cluster, and whether it can be done, before anything is written. *have is the
 * caller's: its users.
 *   -EACCES  the user may not read them
 */
int rdb_users_prepare(struct rdb_system *system, const struct rdb_users_options *options,
	json_t **have, struct rdb_err *err);

/* Does it; have is what prepare gave. One user that fails does not stop the others: warn() says
 * why. 0, or -ECANCELED, -ENOMEM. */
int rdb_users_restore(struct rdb_system *system, const struct rdb_users_options *options,
	const json_t *have, struct rdb_users_outcome *outcome, struct rdb_err *err);

#endif
