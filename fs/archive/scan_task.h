/*
 * The scan of an archive as a task of the environment's threads: started by rdb_archive_scan(), at
 * idle priority or, while requests wait for it, urgently; moved between the two half-way.
 *
 * Threads: any thread may call.
 */
#ifndef RDB_ARCHIVE_SCAN_TASK_H
#define RDB_ARCHIVE_SCAN_TASK_H

struct rdb_archive;

/*
 * Adds or removes a reader that will wait for the end of the scan: while there is one, the scan
 * neither runs at idle priority nor pauses for readers, which would delay that end. If no thread is
 * available now, the waiting request starts the scan.
 */
void rdb_archive_await(struct rdb_archive *archive);
void rdb_archive_await_no_more(struct rdb_archive *archive);

#endif
