/*
 * The member whose data a scan reads: added to the catalogue and the index, counted, or not shown
 * and named in the log. Used by the scan's thread.
 */
#ifndef RDB_ARCHIVE_SCAN_MEMBER_H
#define RDB_ARCHIVE_SCAN_MEMBER_H

#include "archive/archive_scan.h"

struct archive_entry;

#define RDB_SCAN_NO_MEMBER UINT32_MAX

struct rdb_scan_member {
	uint32_t number; /* number in the catalogue; RDB_SCAN_NO_MEMBER: not shown */
	enum rdb_member_kind kind;
	uint64_t data_end; /* offset; 0: not within data */
	struct rdb_json_count count;
	struct rdb_gunzip *gunzip; /* decompressor of a member that is gzip itself; NULL: none */
	bool begun;                /* its first byte was seen */
	bool torn;     /* the member could not be decompressed: nothing is known of it */
	bool is_facts; /* text holds rdbfs's facts about the backup; the member is not shown */
	struct rdb_buf text; /* text of the .info, or of those facts */
};

/* Begins the member that libarchive has parsed the header of. Returns 0, -E2BIG: too many members,
 * or -ENOMEM. */
int rdb_scan_begin_member(struct rdb_scan *scan, struct archive_entry *entry);

/* Begins in the middle of the member that contains the checkpoint of scan->resume. Returns 0, or
 * -EINVAL: the catalogue has no such member. */
int rdb_scan_resume_member(struct rdb_scan *scan);

/* Adds data of the member. */
void rdb_scan_feed_member(struct rdb_scan *scan, const char *data, size_t len);

/* Ends the member's data: its facts enter the catalogue and the index. */
void rdb_scan_end_member(struct rdb_scan *scan);

/* Forgets the member, whose data is incomplete. */
void rdb_scan_drop_member(struct rdb_scan *scan);

#endif
