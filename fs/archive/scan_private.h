/*
 * The struct of a scan, shared by archive_scan.c (the steps), scan_chunk.c (the content),
 * scan_member.c (the current member) and scan_damage.c (damage).
 */
#ifndef RDB_ARCHIVE_SCAN_PRIVATE_H
#define RDB_ARCHIVE_SCAN_PRIVATE_H

#include "archive/archive_scan.h"
#include "archive/block.h"
#include "archive/scan_chunk.h"
#include "archive/scan_member.h"
#include "archive/stream.h"
#include "format/shape.h"
#include "format/tail.h"
#include "gz/gunzip.h"
#include "json/split.h"

#include <archive.h>

/* Bytes of a chunk. Checkpoints (positions at which decoding can begin) lie at starts of blocks. */
#define RDB_SCAN_CHUNK RDB_STREAM_BLOCK

enum rdb_scan_step {
	RDB_SCAN_HEADER,  /* parse the next tar header */
	RDB_SCAN_DATA,    /* count the data of a member */
	RDB_SCAN_RESUMED, /* count the rest of a member, then start libarchive after it */
	RDB_SCAN_AGAIN,   /* start a second pass, because the first found no table */
	RDB_SCAN_DRAIN,   /* read from the end of tar to the checksum */
	RDB_SCAN_VERIFY,  /* find the damaged ranges of a damaged archive */
	RDB_SCAN_RECHECK, /* check the last whole table of a truncated archive */
	RDB_SCAN_DONE,
};

struct rdb_scan {
	const struct rdb_content *content;
	struct rdb_catalog *catalog;
	struct rdb_scan_hooks hooks;
	enum rdb_scan_step step;
	struct rdb_decoder *decoder;
	struct archive *tar;
	uint64_t tar_base;         /* content offset where libarchive started */
	char *own;                 /* memory for a chunk that is not shared */
	struct rdb_stream *stream; /* shares chunks with readers; NULL if chunks are not shared */
	struct rdb_block *block;   /* the chunk if it is shared; NULL if it is in own */
	char *chunk;               /* the content decoded last */
	size_t chunk_len;
	size_t chunk_used; /* bytes of the chunk that libarchive has received */
	uint64_t header;   /* bytes that libarchive has received for the current header */
	bool crc_known;    /* whether crc is the CRC of the gzip member up to the offset crc_at */
	uint32_t crc;
	uint64_t crc_at;
	struct rdb_err error; /* error of the decoder */
	int error_ret;
	struct rdb_err tar_error; /* error of tar, kept until the checksum is read */

	struct rdb_scan_member member;
	uint64_t boundary; /* end of a large member, where a checkpoint (position at which decoding
			      can begin) is due; 0 if none */
	bool ours;         /* rdbfs wrote the archive */

	struct rdb_shape shape;
	struct rdb_tail tail; /* the content after the end of tar */
	bool empty;           /* the tar archive has no members */
	unsigned complaints;
	struct rdb_checkpoint last; /* the last checkpoint (position at which decoding can begin) */
	unsigned checkpoints;
	struct rdb_buf state;
	struct rdb_resume resume;
	struct rdb_scan_outcome outcome;

	uint64_t verified;         /* content offset up to which spans were verified */
	struct rdb_member suspect; /* the last whole table of a truncated archive */
	uint64_t suspect_at;       /* content offset of the suspect's data */
	struct rdb_json_split split;
	atomic_uint_least64_t progress;
};

/*
 * Called after a scan that found damage. If the damaged ranges of the archive are known, adds them
 * to the index. Otherwise selects the step of the scan (RDB_SCAN_VERIFY or RDB_SCAN_RECHECK) that
 * finds them. "ret" is the error that ended the scan. It is 0 if the whole archive was read, and
 * only its tar format has an error (scan->tar_error).
 */
void rdb_scan_judge(struct rdb_scan *scan, int ret);

/* Both functions continue the scan of a damaged archive. Some archives are divided into spans, each
 * with a checksum. rdb_scan_verify() (step RDB_SCAN_VERIFY) finds the damaged spans of such an
 * archive. rdb_scan_recheck() (step RDB_SCAN_RECHECK) is for an archive without such checksums that
 * was cut off. It reads the last complete table again, because the damage may have begun in this
 * table. */
void rdb_scan_verify(struct rdb_scan *scan);
void rdb_scan_recheck(struct rdb_scan *scan);

#endif
