/* The last list of backups that a service sent, kept in a folder, for a start while the service is
 * away. Calls wait for the disk; one thread at a time for one service. */
#ifndef RDB_STORE_SERVICE_SAVED_H
#define RDB_STORE_SERVICE_SAVED_H

#include "service/answer.h"

/* where: the service's address. A list that cannot be saved is not: there is nothing to do. */
void rdb_service_save(
	const char *dir, const char *where, const struct rdb_service_backup *backups, size_t count);

/*
 * The saved list, allocated as rdb_service_read_backups() has it. *when: it was saved then.
 *   -ENOENT   there is none that can be used
 *   -ENOMEM
 */
int rdb_service_load(const char *dir, const char *where, struct rdb_service_backup **out,
	size_t *count, time_t *when);

#endif
