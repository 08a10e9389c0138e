/*
 * The member whose data a scan is reading. A member is added to the catalogue and the index, and
 * its documents are counted. A member that is not shown is named in the log. Used by the scan's
 * thread.
 */
#ifndef RDB_ARCHIVE_SCAN_MEMBER_H
#define RDB_ARCHIVE_SCAN_MEMBER_H

#include "archive/archive_scan.h"

struct archive_entry;

#define RDB_SCAN_NO_MEMBER UINT32_MAX

struct rdb_scan_member {
	uint32_t number; /* number in the catalogue; RDB_SCAN_NO_MEMBER if not shown */
	enum rdb_member_kind kind;
	uint64_t data_end; /* content offset of the end of the data; 0 if no data is being read */
	struct rdb_json_count count;
	struct rdb_gunzip *gunzip; /* decompressor if the member itself is gzip; else NULL */
	bool begun;                /* the first byte was received */
	bool torn;     /* decompression of the member failed, so its facts are unknown */
	bool is_facts; /* text is the JSON that rdbfs wrote about the backup; it is not shown */
	struct rdb_buf text; /* text of the .info file, or the JSON that rdbfs wrote */
};

/* Begins the member whose header libarchive has parsed. Returns 0, -ENOMEM, or -E2BIG if there are
 * too many members. */
int rdb_scan_begin_member(struct rdb_scan *scan, struct archive_entry *entry);

/* Prepares the scan to continue in the middle of a member, where an earlier scan was interrupted.
 * scan->resume has the member and the number of its documents counted so far. Returns 0, or -EINVAL
 * if the catalogue lacks the member. */
int rdb_scan_resume_member(struct rdb_scan *scan);

void rdb_scan_feed_member(struct rdb_scan *scan, const char *data, size_t len);

/* Ends the current member. Adds what the scan has found in the member, such as the number of
 * documents, to the catalogue and the index. */
void rdb_scan_end_member(struct rdb_scan *scan);

/* Ends the work on the current member without storing what the scan has found in the member.
 * Afterwards the scan has no current member. */
void rdb_scan_drop_member(struct rdb_scan *scan);

#endif
