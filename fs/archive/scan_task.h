/*
 * The scan of an archive as a task on the threads of the environment. rdb_archive_scan() starts
 * the task, at idle priority, or urgently while requests wait. An unfinished scan can move between
 * the two priorities.
 *
 * Threads: any thread may call.
 */
#ifndef RDB_ARCHIVE_SCAN_TASK_H
#define RDB_ARCHIVE_SCAN_TASK_H

struct rdb_archive;

/*
 * A reader that must wait for the scan calls rdb_archive_await() before it waits, and
 * rdb_archive_end_await() after it has waited. Between the two calls, the scan runs at normal
 * priority without pauses.
 */
void rdb_archive_await(struct rdb_archive *archive);
void rdb_archive_end_await(struct rdb_archive *archive);

#endif
