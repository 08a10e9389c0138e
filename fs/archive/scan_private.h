/*
 * A scan, shared by its parts: archive_scan.c (the steps), scan_chunk.c (the content),
 * scan_member.c (the member being read), scan_damage.c (the reaction to damage).
 */
#ifndef RDB_ARCHIVE_SCAN_PRIVATE_H
#define RDB_ARCHIVE_SCAN_PRIVATE_H

#include "archive/archive_scan.h"
#include "archive/scan_chunk.h"
#include "archive/scan_member.h"
#include "format/shape.h"
#include "format/tail.h"
#include "gz/gunzip.h"
#include "json/split.h"

#include <archive.h>

#define RDB_SCAN_CHUNK                                                                             \
	RDB_STREAM_BLOCK /* checkpoints coincide with the beginnings of streams' blocks */

enum rdb_scan_step {
	RDB_SCAN_HEADER,  /* the next tar header is parsed */
	RDB_SCAN_DATA,    /* a member's data are counted */
	RDB_SCAN_RESUMED, /* the rest of a member is counted, tar begins behind it */
	RDB_SCAN_AGAIN, /* second pass from the start: the first found no table in the usual folders
			 */
	RDB_SCAN_DRAIN, /* behind the end of tar: the checksum is looked for */
	RDB_SCAN_VERIFY,  /* damaged, with checksums of spans: find the damaged ones */
	RDB_SCAN_RECHECK, /* truncated: check that the last whole table is JSON to its end */
	RDB_SCAN_DONE,
};

struct rdb_scan {
	const struct rdb_content *content;
	struct rdb_catalog *catalog;
	struct rdb_scan_hooks hooks;
	enum rdb_scan_step step;
	struct rdb_decoder *decoder;
	struct archive *tar;
	uint64_t tar_base; /* content offset where tar began to read */
	char *chunk;       /* the content decoded last */
	size_t chunk_len;
	size_t chunk_used; /* bytes of it from before tar began */
	uint64_t header;   /* bytes fed since the current header was requested */
	bool crc_known; /* the CRC of the chunk's gzip member, up to crc_at in the chunk, is known
			 */
	uint32_t crc;
	uint64_t crc_at;
	struct rdb_err error; /* error of the decoder */
	int error_ret;
	struct rdb_err tar_error; /* kept while the checksum is still being looked for */

	struct rdb_scan_member member;
	uint64_t boundary; /* offset behind a large member, for a checkpoint */
	bool ours;         /* rdbfs wrote the archive: it has rdbfs's last member */

	struct rdb_shape shape;
	struct rdb_tail tail; /* behind the end of tar */
	bool empty;           /* tar has no member at all */
	unsigned complaints;
	struct rdb_checkpoint last; /* checkpoint */
	unsigned checkpoints;
	struct rdb_buf state;
	struct rdb_resume resume;
	struct rdb_scan_outcome outcome;

	/* For damage, see scan_damage.c. */
	uint64_t verified;         /* offset up to which spans were verified */
	struct rdb_member suspect; /* the last whole table of a truncated archive */
	uint64_t suspect_at;       /* offset of its data */
	struct rdb_json_split split;
	atomic_uint_least64_t progress;
};

/*
 * Handles damage of a kind (errno of decoder.h): records it in the index, or selects the step that
 * examines it.
 */
void rdb_scan_judge(struct rdb_scan *scan, int ret);

/* The steps RDB_SCAN_VERIFY and RDB_SCAN_RECHECK. */
void rdb_scan_verify(struct rdb_scan *scan);
void rdb_scan_recheck(struct rdb_scan *scan);

#endif
