/* What the scan (archive_scan.c) and what it does after damage (scan_damage.c) share. */
#ifndef RDB_ARCHIVE_SCAN_PRIVATE_H
#define RDB_ARCHIVE_SCAN_PRIVATE_H

#include "archive/archive_scan.h"
#include "archive/shape.h"
#include "archive/tail.h"
#include "gz/gunzip.h"
#include "json/split.h"

#include <archive.h>

#define RDB_SCAN_CHUNK                                                                             \
	RDB_STREAM_BLOCK /* so that checkpoints stand where blocks of streams begin */

enum rdb_scan_step {
	RDB_SCAN_HEADER,  /* the next tar header is parsed */
	RDB_SCAN_DATA,    /* a member's data are counted */
	RDB_SCAN_RESUMED, /* the rest of a member is counted, tar begins behind it */
	RDB_SCAN_AGAIN,   /* no table was where tables are looked for first: from the start */
	RDB_SCAN_DRAIN,   /* behind the end of tar: the checksum is looked for */
	RDB_SCAN_VERIFY,  /* damaged: which spans are, of an archive that has checksums for them */
	RDB_SCAN_RECHECK, /* cut short: whether the last whole table is JSON to its end */
	RDB_SCAN_DONE,
};

struct rdb_scan {
	const struct rdb_content *content;
	struct rdb_catalog *catalog;
	struct rdb_scan_hooks hooks;
	enum rdb_scan_step step;
	struct rdb_decoder *decoder;
	struct archive *tar;
	uint64_t tar_base; /* offset of the content where tar began to read */
	char *chunk;       /* the content decoded last */
	size_t chunk_len;
	size_t chunk_used; /* of it, before tar began */
	uint64_t header;   /* bytes fed since the present header was asked for */
	bool crc_known;    /* of the chunk's gzip member, up to crc_at within the chunk */
	uint32_t crc;
	uint64_t crc_at;
	struct rdb_err error; /* of the decoder */
	int error_ret;
	struct rdb_err tar_error; /* while the checksum behind it is still looked for */

	/* the member whose data is being read */
	uint32_t number;
	enum rdb_member_kind kind;
	uint64_t data_end; /* offset; 0: not within data */
	uint64_t boundary; /* offset behind a large member, for a checkpoint */
	struct rdb_json_count count;
	struct rdb_gunzip *gunzip; /* of a member that is gzip itself; NULL: none */
	bool begun;                /* its first byte was seen */
	bool torn;                 /* it could not be decompressed: nothing is known of it */
	struct rdb_buf info;       /* its text, or that of what rdbfs says of the backup */
	bool is_facts;             /* the latter, which isn't shown */
	bool ours;                 /* the archive is one of rdbfs's: it says so in a member */

	struct rdb_shape shape;
	struct rdb_tail tail; /* behind the end of tar */
	bool empty;           /* tar has not a single member */
	unsigned complaints;
	struct rdb_checkpoint last; /* checkpoint */
	unsigned checkpoints;
	struct rdb_buf state;
	struct rdb_resume resume;
	struct rdb_index_outcome outcome;

	/* after damage, see scan_damage.c */
	uint64_t verified;         /* offset up to which spans were verified */
	struct rdb_member suspect; /* the last whole table of an archive that is cut short */
	uint64_t suspect_at;       /* offset of its data */
	struct rdb_json_split split;
	atomic_uint_least64_t progress;
};

/* Offset in the content up to which it is decoded. */
static inline uint64_t rdb_scan_offset(const struct rdb_scan *scan)
{
	return scan->decoder->ops->offset(scan->decoder);
}

/* Place the decoder at a checkpoint. 0 or -errno: it stands at the start, or anywhere. */
int rdb_scan_enter(struct rdb_scan *scan, const struct rdb_checkpoint *checkpoint);

/*
 * The scan found damage; ret says which kind (decoder.h). Notes it in the index, or sets the step
 * that finds out about it.
 */
void rdb_scan_judge(struct rdb_scan *scan, int ret);

/* The steps RDB_SCAN_VERIFY and RDB_SCAN_RECHECK. */
void rdb_scan_verify(struct rdb_scan *scan);
void rdb_scan_recheck(struct rdb_scan *scan);

#endif
