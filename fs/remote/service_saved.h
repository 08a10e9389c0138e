/* The saved list of a service's backups, for a start while the service is unreachable. Calls wait
 * for the disk. One thread at a time for each service. */
#ifndef RDB_REMOTE_SERVICE_SAVED_H
#define RDB_REMOTE_SERVICE_SAVED_H

#include "service/service_answer.h"

/* Saves the list of the service at the address "where" in the folder dir. Errors are ignored. */
void rdb_service_save(
	const char *dir, const char *where, const struct rdb_service_backup *backups, size_t count);

/* Loads the saved list of the service at "where", and the time of saving. The caller frees *out.
 * Returns 0, -ENOMEM, or -ENOENT if there is no usable list. */
int rdb_service_load(const char *dir, const char *where, struct rdb_service_backup **out,
	size_t *count, time_t *when);

#endif
