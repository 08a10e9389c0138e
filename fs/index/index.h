/* The index of an archive: the results of a scan, in memory and in a log of records in the cache
 * folder. The file is valid for the same archive and the same build of the gzip library, up to the
 * first damaged record. One thread at a time, the scan, adds results; any number of threads look
 * them up. */
#ifndef RDB_INDEX_INDEX_H
#define RDB_INDEX_INDEX_H

#include "base/buf.h"
#include "base/err.h"
#include "format/nest.h"
#include "index/catalog.h"
#include "index/index_folder.h"
#include "index/index_key.h"
#include "io/source.h"
#include "json/count.h"

/* A position at which a decoder can start without decoding the content before it. */
struct rdb_checkpoint {
	uint64_t offset;        /* position in the decompressed content */
	uint64_t source_offset; /* position in the archive */
	uint64_t member;        /* offset where the gzip member begins; 0 if saved is false */
	uint32_t crc;           /* CRC of the gzip member up to this position */
	bool saved;   /* the checkpoint has a decoder state; else a new decoder starts here */
	uint32_t len; /* bytes of the state; set by the index, as are the fields below */
	uint32_t state_crc;
	uint32_t span_crc; /* CRC of the content from offset to span_end; 0 if no span */
	uint64_t span_end;
	uint64_t where; /* offset of the state in the index's file */
	void *memory;   /* the state, if it is in memory; else NULL */
};

/* A position in the content where a table's file ends. At this position, a decoder compares its own
 * CRC of the gzip member with "crc", the CRC from the scan. */
struct rdb_mark {
	uint64_t offset;
	uint64_t member; /* offset where the gzip member begins */
	uint32_t crc;    /* CRC of the gzip member up to this mark */
};

/* A byte range of the archive's content that may be wrong because of damage. */
struct rdb_damage {
	uint64_t from, to;               /* first offset and end in the content */
	uint64_t source_from, source_to; /* first offset and end in the archive; equal if unknown */
};

/* A position in the data of a member, with the state that a scan needs to resume there. */
struct rdb_resume {
	bool valid;
	struct rdb_checkpoint checkpoint;
	uint32_t number;   /* number of the member; UINT32_MAX if the member is not shown */
	uint64_t data_end; /* content offset of the end of the member */
	struct rdb_json_count count;
	char top[1024]; /* the top folder of the tables; "" if not yet known */
	bool nested;    /* the archive lies inside another archive, as nest describes */
	struct rdb_nest nest;
};

/* How far an archive was verified. */
enum rdb_outcome {
	RDB_OUTCOME_OPEN,       /* no scan has reached the end */
	RDB_OUTCOME_OK,         /* read to the end, and the checksums are right */
	RDB_OUTCOME_DAMAGED,    /* the content before the damage is available */
	RDB_OUTCOME_UNREADABLE, /* the archive has no readable table */
	/* The source failed, so the archive may be undamaged, and a later scan may succeed. Such an
	 * outcome is not stored. */
	RDB_OUTCOME_UNREACHABLE,
};

struct rdb_scan_outcome {
	enum rdb_outcome end;
	struct rdb_err error;
	char server[64]; /* version of the dumped server; "" if unknown */
	time_t taken;    /* start of the backup, as rdbfs has recorded it; 0 if unknown */
};

struct rdb_index;

/*
 * Opens the index of the archive that "key" identifies, and adds the recorded members to *catalog.
 * Stores where the scan can resume, and the scan's outcome. "dirfd" is the cache folder, and must
 * stay open until rdb_index_free(). If "dirfd" is -1, the index has no file.
 * Returns:
 *   0        the index is open
 *   -EINVAL  the file contradicts itself: free the catalogue, call rdb_index_forget(), open again
 *   -ENOMEM  memory is exhausted
 */
int rdb_index_open(int dirfd, const unsigned char key[RDB_INDEX_KEY], struct rdb_catalog *catalog,
	struct rdb_index **out, struct rdb_resume *resume, struct rdb_scan_outcome *outcome);
void rdb_index_free(struct rdb_index *index);

/* Removes the index file of the archive that "key" identifies. Does nothing if "dirfd" is -1. */
void rdb_index_forget(int dirfd, const unsigned char key[RDB_INDEX_KEY]);

/* The functions from here to rdb_index_ended() record a scan's results in memory and in the file.
 * If the file cannot be written, the results are only in memory, and some checkpoints may be
 * dropped. */
void rdb_index_member(struct rdb_index *index, const struct rdb_member *member, uint64_t offset);
void rdb_index_database(struct rdb_index *index, const char *db); /* a database without members */
void rdb_index_nest(struct rdb_index *index, const struct rdb_nest *nest); /* called first */
void rdb_index_taken(struct rdb_index *index, time_t taken);               /* start of the backup */
void rdb_index_top(struct rdb_index *index, const char *top); /* called before the first member */
void rdb_index_documents(struct rdb_index *index, uint32_t number, int64_t documents);
void rdb_index_info(
	struct rdb_index *index, uint32_t number, int64_t indexes, const char *primary_key);
/* Adds a mark. The mark records the offset at which a table's file ends. Ignores the mark if its
 * offset is not greater than the offset of the previous mark. */
void rdb_index_mark(struct rdb_index *index, const struct rdb_mark *mark);
/* Adds the checkpoint resume->checkpoint. Readers can start to decode at this checkpoint. The index
 * also stores "state", the decoder's state at the checkpoint. If resume->valid is true, a later
 * scan can continue at the checkpoint. */
void rdb_index_checkpoint(
	struct rdb_index *index, const struct rdb_resume *resume, const struct rdb_buf *state);
/* Adds a damaged range of the content. Ranges are added in the order of the content, before
 * rdb_index_ended() is called. */
void rdb_index_damage(struct rdb_index *index, const struct rdb_damage *damage);
void rdb_index_ended(struct rdb_index *index, const struct rdb_scan_outcome *outcome);

/* Declares that the archive itself contains a catalogue and checkpoints. After this call, the index
 * writes only damage and the scan's outcome to its file. The caller must pass the archive's
 * checkpoints to rdb_index_add(), which keeps the checkpoints in memory for readers. */
void rdb_index_embed(struct rdb_index *index);
/* Adds a checkpoint. The caller must add the checkpoints in ascending order of their offsets.
 * Returns 0, -ENOMEM, or -EINVAL if the order is wrong. */
int rdb_index_add(struct rdb_index *index, const struct rdb_checkpoint *checkpoint);
bool rdb_index_is_embedded(const struct rdb_index *index);

/* Stores in *out the content's first damaged range that ends after the offset. Returns false if no
 * damaged range ends after the offset. */
bool rdb_index_next_damage(struct rdb_index *index, uint64_t offset, struct rdb_damage *out);

/* Returns whether any content between the offsets "from" and "to" might be damaged. */
bool rdb_index_is_damaged(struct rdb_index *index, uint64_t from, uint64_t to);

/* Stores in *out the last checkpoint at or before the offset. Decoding can begin at this
 * checkpoint. Returns false if no checkpoint is at or before the offset. */
bool rdb_index_find(struct rdb_index *index, uint64_t offset, struct rdb_checkpoint *out);

/* Stores in *out the first checkpoint after the offset. Decoding can begin at this checkpoint.
 * Returns false if no checkpoint is after the offset. */
bool rdb_index_next(struct rdb_index *index, uint64_t offset, struct rdb_checkpoint *out);

/* Stores in *out the first mark after the offset. Returns false if no mark follows. */
bool rdb_index_next_mark(struct rdb_index *index, uint64_t offset, struct rdb_mark *out);

/* Appends the decoder state of a checkpoint to out. Returns 0, -ENOMEM, or -EIO if the state is no
 * longer available. */
int rdb_index_state(
	struct rdb_index *index, const struct rdb_checkpoint *checkpoint, struct rdb_buf *out);

#endif
