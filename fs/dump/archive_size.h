/*
 * Estimate of an archive's size before it is written. A remote store chooses the size of its parts
 * by the estimate, and cannot change that size later. A sample of each table's documents is read
 * and compressed.
 */
#ifndef RDB_DUMP_ARCHIVE_SIZE_H
#define RDB_DUMP_ARCHIVE_SIZE_H

#include "dump/dump_plan.h"
#include "reql/conn.h"
#include "reql/term.h"

#include <stdint.h>

/*
 * Returns the estimated bytes of an archive of the plan's tables, whose documents must have been
 * estimated, with a margin. level: of compression. Tables that cannot be read now, and small ones,
 * count as nothing. Waits for the server; after the connection breaks, no more is asked.
 */
uint64_t rdb_archive_size(
	struct rdb_conn *conn, const struct rdb_plan *plan, enum rdb_read_mode mode, int level);

/* Returns the bytes of so many documents, with a margin, if rows of them have so many bytes. At
 * most INT64_MAX. */
uint64_t rdb_archive_size_of(uint64_t documents, uint64_t rows, uint64_t bytes);

#endif
