/* The saved list of a service's backups, for a start while the service is unreachable. Calls wait
 * for the disk. One thread at a time for each service. */
#ifndef RDB_REMOTE_SERVICE_SAVED_H
#define RDB_REMOTE_SERVICE_SAVED_H

#include "service/service_answer.h"

/* Saves the list of a service's backups in a file in the folder dir. "where" is the address of the
 * service. Errors are ignored. */
void rdb_service_save(
	const char *dir, const char *where, const struct rdb_service_backup *backups, size_t count);

/*
 * Loads a service's list of backups that rdb_service_save() has saved. *when is the time at which
 * the list was saved. The caller frees *out.
 *
 * Returns:
 *   0        *out, *count and *when are set
 *   -ENOENT  the folder "dir" has no usable list for the service with the address "where"
 *   -ENOMEM  memory is exhausted
 */
int rdb_service_load(const char *dir, const char *where, struct rdb_service_backup **out,
	size_t *count, time_t *when);

#endif
