/*
 * What a scan found out about an archive: its checkpoints in memory, and all of it in a file of
 * the cache folder, written as the scan goes on and read again by the next opening.
 *
 * The file is bound to the archive by size, mtime and a hash of its two ends (its path is not
 * part of that), to this version of the format and to the build of the gzip library, whose
 * private state the checkpoints are. It is a log of records, each with its own CRC: a file that
 * ends in the middle, or was damaged, counts up to there.
 *
 * Threads: one at a time adds (the scan); any number look up.
 */
#ifndef RDB_ARCHIVE_INDEX_H
#define RDB_ARCHIVE_INDEX_H

#include "archive/catalog.h"
#include "archive/nest.h"
#include "base/buf.h"
#include "base/source.h"
#include "json/count.h"

#define RDB_INDEX_KEY 32 /* bytes of the hash that names an archive */

struct rdb_index;

/* Where a decoder can be entered. */
struct rdb_checkpoint {
	uint64_t offset;        /* of the decompressed content */
	uint64_t source_offset; /* of the archive */
	uint64_t member;        /* offset where the gzip member began; 0 when not saved */
	uint32_t crc;           /* of the gzip member up to here */
	bool saved;             /* there is a saved state; else a restart is enough */
	uint32_t len;           /* the rest is the index's own: where the state is */
	uint32_t state_crc;
	uint32_t span_crc; /* of the content from here to span_end; 0 with a span_end of 0 */
	uint64_t span_end;
	uint64_t where; /* in the file */
	void *memory;   /* or here */
};

/* What the content was up to the end of a table. */
struct rdb_mark {
	uint64_t offset;
	uint64_t member; /* offset where the gzip member began */
	uint32_t crc;    /* of that up to here */
};

/* Part of the content that may not be what was written. */
struct rdb_damage {
	uint64_t from, to;               /* offsets in the content */
	uint64_t source_from, source_to; /* offsets in the archive; equal: not known */
};

/* Where a scan can go on: within the data of a member. */
struct rdb_resume {
	bool valid;
	struct rdb_checkpoint checkpoint;
	uint32_t number;   /* of the member, or UINT32_MAX for one that isn't shown */
	uint64_t data_end; /* offset */
	struct rdb_json_count count;
	char top[1024]; /* the one top folder; "" when none was found yet */
	bool nested;    /* the archive lies within another one, as follows */
	struct rdb_nest nest;
};

enum rdb_index_end { RDB_INDEX_OPEN, RDB_INDEX_OK, RDB_INDEX_DAMAGED, RDB_INDEX_UNREADABLE };

/* How the scan ended. */
struct rdb_index_outcome {
	enum rdb_index_end end;
	struct rdb_err error;
	char server[64]; /* version of the server dumped, "" unknown */
	bool passing;    /* the source failed: the next scan may fare better. Not kept. */
};

/* The hash that binds: size, mtime and both ends of the source. 0 or what reading says. */
int rdb_index_key(struct rdb_source *source, unsigned char key[RDB_INDEX_KEY], struct rdb_err *err);

/*
 * Opens a folder for indexes: created if missing (0700). Refused when it belongs to somebody else
 * or others may write to it.
 *   -EACCES -ENOTDIR -EROFS -ENOSPC and others of mkdir and open
 */
int rdb_index_folder(const char *path, int *dirfd, struct rdb_err *err);

/*
 * The index of an archive. dirfd (or -1: in memory only) is used until free. What a file holds
 * goes into the catalog, resume and outcome; a file that doesn't fit is replaced.
 * A file that can't be used is done without.
 *   -EINVAL   the file contradicts itself: the catalog holds part of it; drop both, use
 *             rdb_index_forget() and open again
 *   -ENOMEM
 */
int rdb_index_open(int dirfd, const unsigned char key[RDB_INDEX_KEY], struct rdb_catalog *catalog,
	struct rdb_index **out, struct rdb_resume *resume, struct rdb_index_outcome *outcome);
void rdb_index_free(struct rdb_index *index);

/* Removes the file of an archive's index. */
void rdb_index_forget(int dirfd, const unsigned char key[RDB_INDEX_KEY]);

/* Bytes of memory held by checkpoints that have no file to be in. */
size_t rdb_index_memory(struct rdb_index *index);

/*
 * Take down what a scan finds. Errors of the file are not the scan's concern: what can't be
 * written is kept in memory, thinned out when it becomes much.
 */
void rdb_index_member(struct rdb_index *index, const struct rdb_member *member, uint64_t offset);
void rdb_index_database(struct rdb_index *index, const char *db); /* one without a member */
void rdb_index_nest(struct rdb_index *index, const struct rdb_nest *nest); /* first of all */
void rdb_index_top(struct rdb_index *index, const char *top); /* before the first member */
void rdb_index_documents(struct rdb_index *index, uint32_t number, int64_t documents);
void rdb_index_info(
	struct rdb_index *index, uint32_t number, int64_t indexes, const char *primary_key);
/* Those that aren't behind the last one are left out. */
void rdb_index_mark(struct rdb_index *index, const struct rdb_mark *mark);
/* resume->checkpoint says where; state is what the decoder saved. valid: can be resumed. */
void rdb_index_checkpoint(
	struct rdb_index *index, const struct rdb_resume *resume, const struct rdb_buf *state);
/* Before the outcome, in the order of the content. */
void rdb_index_damage(struct rdb_index *index, const struct rdb_damage *damage);
void rdb_index_ended(struct rdb_index *index, const struct rdb_index_outcome *outcome);

/* The archive brings its own catalogue and checkpoints (embedded.h), which the caller adds: from
 * now on the file, which must be empty or of such an archive, keeps the outcome and the damage
 * only. */
void rdb_index_embed(struct rdb_index *index);
bool rdb_index_is_embedded(const struct rdb_index *index);

/* The first damage that ends behind offset. False when there is none. */
bool rdb_index_next_damage(struct rdb_index *index, uint64_t offset, struct rdb_damage *out);

/* Whether any of the content between two offsets may be wrong. */
bool rdb_index_is_damaged(struct rdb_index *index, uint64_t from, uint64_t to);

/* The last checkpoint at or before offset. False when there is none. */
bool rdb_index_find(struct rdb_index *index, uint64_t offset, struct rdb_checkpoint *out);

/* The first one behind offset. */
bool rdb_index_next(struct rdb_index *index, uint64_t offset, struct rdb_checkpoint *out);

/* The first mark behind offset. */
bool rdb_index_next_mark(struct rdb_index *index, uint64_t offset, struct rdb_mark *out);

/* Reads a checkpoint's saved state. -EIO when the file lost it, -ENOMEM. */
int rdb_index_state(
	struct rdb_index *index, const struct rdb_checkpoint *checkpoint, struct rdb_buf *out);

#endif
