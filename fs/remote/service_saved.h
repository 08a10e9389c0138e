/* The saved list of a service's backups. The list is used if the service is unreachable when the
 * program starts. Calls wait for the disk. The functions may be called by one thread at a time for
 * each service. */
#ifndef RDB_REMOTE_SERVICE_SAVED_H
#define RDB_REMOTE_SERVICE_SAVED_H

#include "service/service_answer.h"

/* Saves a list of backups in the folder dir. "where" is the address of the service that sent the
 * list. Errors are ignored. */
void rdb_service_save(
	const char *dir, const char *where, const struct rdb_service_backup *backups, size_t count);

/*
 * Loads the list that rdb_service_save() has saved for the service at the address "where".
 * The caller frees *out by free(). Stores the time of saving in *when. Returns 0, -ENOMEM,
 * or
 *   -ENOENT if there is no usable list.
 */
int rdb_service_load(const char *dir, const char *where, struct rdb_service_backup **out,
	size_t *count, time_t *when);

#endif
