/*
 * The struct of a scan, shared by archive_scan.c (the steps), scan_chunk.c (the content),
 * scan_member.c (the current member) and scan_damage.c (damage).
 */
#ifndef RDB_ARCHIVE_SCAN_PRIVATE_H
#define RDB_ARCHIVE_SCAN_PRIVATE_H

#include "archive/archive_scan.h"
#include "format/member_name.h"
#include "format/shape.h"
#include "format/tail.h"
#include "gz/gunzip.h"
#include "stream/block.h"
#include "stream/stream.h"
#include "json/split.h"

#include <archive.h>
#include <sys/types.h>

/* Size of the largest chunk in bytes. A chunk must fit into a block of a stream, so that the scan
 * can share its chunks with readers as blocks. */
#define RDB_SCAN_CHUNK RDB_STREAM_BLOCK

#define RDB_SCAN_NO_MEMBER UINT32_MAX

struct rdb_scan_member {
	uint32_t number; /* number in the catalogue; RDB_SCAN_NO_MEMBER if not shown */
	enum rdb_member_kind kind;
	uint64_t data_end; /* content offset of the end of the data; 0 if no data is being read */
	struct rdb_json_count count;
	struct rdb_gunzip *gunzip; /* decompressor if the member itself is gzip; else NULL */
	bool begun;                /* the first byte was received */
	enum rdb_blank blank;      /* which blank files of documents are complete */
	bool torn;     /* decompression of the member failed, so its facts are unknown */
	bool is_facts; /* text is the JSON that rdbfs wrote about the backup; it is not shown */
	struct rdb_buf text; /* text of the .info file, or the JSON that rdbfs wrote */
};

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
	bool source_failed;       /* a read of the source failed (rdb_scan_record_error()) */
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

/* ---- the content (scan_chunk.c) ---- */

/* Returns the offset, in the decompressed content, of the next byte that the scan will decode. */
uint64_t rdb_scan_offset(const struct rdb_scan *scan);

/* Returns how far libarchive has parsed, as an offset in the archive's decompressed content. */
uint64_t rdb_scan_tar_offset(const struct rdb_scan *scan);

/* Returns the offset in the content at which the next member begins, after the current member and
 * its padding. */
uint64_t rdb_scan_behind_member(const struct rdb_scan *scan);

/* Moves the decoder to the checkpoint, a position where decoding can begin. Returns 0 or a negative
 * errno. After an error, the decoder's position is undefined. */
int rdb_scan_enter(struct rdb_scan *scan, const struct rdb_checkpoint *checkpoint);

/* Decodes the next chunk. If a checkpoint is due, first adds the checkpoint. Returns the number of
 * decoded bytes, or 0 at the end. After an error, returns a negative errno, and stores the error in
 * scan->error. */
ssize_t rdb_scan_next_chunk(struct rdb_scan *scan);

/* Sets scan->source_failed if "ret" is a decoder's error that means that the source failed, and not
 * that the archive is damaged. */
void rdb_scan_record_error(struct rdb_scan *scan, int ret);

/* Starts to share decoded chunks with readers. Does nothing if the archive has no stream cache, is
 * uncompressed, or has an embedded index. Also does nothing if memory is exhausted. */
void rdb_scan_share(struct rdb_scan *scan);

/* Stops the sharing of chunks with readers. Afterwards scan->chunk is the scan's own memory, which
 * the scan may overwrite. */
void rdb_scan_unshare(struct rdb_scan *scan);

/* Stops sharing decoded chunks with readers, and gives the scan's decoder to the readers' stream
 * for later reads. Called when the scan has read the whole content. Does nothing if no chunks are
 * shared. */
void rdb_scan_bequeath(struct rdb_scan *scan);

/* Adds a CRC to the index if the scan has just read the end of a tar member's data. The CRC covers
 * the decoded content since the start of the gzip member, a separately compressed part of the
 * archive. */
void rdb_scan_mark(struct rdb_scan *scan);

/* ---- the current member (scan_member.c) ---- */

/* Begins the member whose header libarchive has parsed. Returns 0, -ENOMEM, or -E2BIG if there are
 * too many members. */
int rdb_scan_begin_member(struct rdb_scan *scan, struct archive_entry *entry);

/* Prepares the scan to continue inside the archive member whose number is scan->resume.number.
 * RDB_SCAN_NO_MEMBER is the number of every member that is not in the catalogue. Returns 0, or
 * -EINVAL if the number is neither RDB_SCAN_NO_MEMBER nor in the catalogue. */
int rdb_scan_resume_member(struct rdb_scan *scan);

void rdb_scan_feed_member(struct rdb_scan *scan, const char *data, size_t len);

/* Ends the current member. Adds the facts that the scan has found, such as the number of
 * documents, to the catalogue and the index. */
void rdb_scan_end_member(struct rdb_scan *scan);

/* Ends the work on the current member, and stores nothing about the member in the catalogue or the
 * index. Afterwards the scan has no current member. */
void rdb_scan_drop_member(struct rdb_scan *scan);

/* ---- damage (scan_damage.c) ---- */

/* Marks the damaged content of a scanned archive in the index, or sets scan->step so that
 * rdb_scan_verify() or rdb_scan_recheck() will search for this content. "ret" is the error that
 * ended the scan, or 0 if the scan read the whole content. */
void rdb_scan_judge(struct rdb_scan *scan, int ret);

/* Steps of the scan of a damaged archive. rdb_scan_verify() compares the next range with the
 * range's checksum. rdb_scan_recheck() decodes part of a truncated archive's last complete table a
 * second time, because bytes shortly before the truncation may be wrong. */
void rdb_scan_verify(struct rdb_scan *scan);
void rdb_scan_recheck(struct rdb_scan *scan);

#endif
