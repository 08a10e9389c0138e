/* The last list of backups of a service, saved in a folder for a start while the service is
 * unreachable. Calls wait for the disk. One thread at a time for each service. */
#ifndef RDB_STORE_SERVICE_SAVED_H
#define RDB_STORE_SERVICE_SAVED_H

#include "service/service_answer.h"

/* Saves a list. where: the service's address. Errors are ignored. */
void rdb_service_save(
	const char *dir, const char *where, const struct rdb_service_backup *backups, size_t count);

/*
 * Loads the saved list, allocated as by rdb_service_read_backups(). *when: time of saving.
 *   -ENOENT   no usable list
 *   -ENOMEM
 */
int rdb_service_load(const char *dir, const char *where, struct rdb_service_backup **out,
	size_t *count, time_t *when);

#endif
