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

/* Returns the estimated size in bytes of an archive of the plan's tables, plus a margin. Ignores
 * tables with few documents and tables that cannot be read. Must be called after
 * rdb_plan_estimate(). */
uint64_t rdb_archive_size(
	struct rdb_conn *conn, const struct rdb_plan *plan, enum rdb_read_mode mode, int level);

/* Estimates a table's size in bytes in the archive, plus a margin. "documents" is the number of
 * documents in the table. "rows" is the number of documents in a sample of the table. "bytes" is
 * the sample's size after compression. */
uint64_t rdb_archive_size_of(uint64_t documents, uint64_t rows, uint64_t bytes);

#endif
