/*
 * Results of a scan of an archive: its checkpoints in memory, and everything in a file of the cache
 * folder, written during the scan and read by the next opening.
 *
 * The file is bound to the archive by size, mtime and a hash of its two ends (not by its path), to
 * this version of the format and to the build of the gzip library, whose private state the
 * checkpoints contain. It is a log of records, each with its own CRC: a truncated or damaged file
 * is valid up to there.
 *
 * Threads: one at a time adds (the scan); any number look up.
 */
#ifndef RDB_INDEX_INDEX_H
#define RDB_INDEX_INDEX_H

#include "base/buf.h"
#include "base/source.h"
#include "index/catalog.h"
#include "index/content_map.h"
#include "index/index_folder.h"
#include "index/index_key.h"
#include "index/scan_outcome.h"

struct rdb_index;

/*
 * Opens the index of an archive. dirfd (or -1: only in memory) must stay open until free. The
 * content of a file is added to catalog, resume and outcome; a file that does not match is
 * replaced. An unusable file is ignored.
 *   -EINVAL   the file contradicts itself, and a fraction of it is in the catalogue; drop both,
 * call rdb_index_forget() and open again -ENOMEM
 */
int rdb_index_open(int dirfd, const unsigned char key[RDB_INDEX_KEY], struct rdb_catalog *catalog,
	struct rdb_index **out, struct rdb_resume *resume, struct rdb_scan_outcome *outcome);
void rdb_index_free(struct rdb_index *index);

/* Removes the file of an archive's index. */
void rdb_index_forget(int dirfd, const unsigned char key[RDB_INDEX_KEY]);

/* Bytes of memory of checkpoints that are not stored in a file. */
size_t rdb_index_memory(struct rdb_index *index);

/*
 * Record the results of a scan. Errors of the file do not concern the scan: records that can't be
 * written stay in memory, thinned out if necessary.
 */
void rdb_index_member(struct rdb_index *index, const struct rdb_member *member, uint64_t offset);
void rdb_index_database(struct rdb_index *index, const char *db); /* a database without a member */
void rdb_index_nest(struct rdb_index *index, const struct rdb_nest *nest); /* first of all */
void rdb_index_top(struct rdb_index *index, const char *top); /* before the first member */
void rdb_index_documents(struct rdb_index *index, uint32_t number, int64_t documents);
void rdb_index_info(
	struct rdb_index *index, uint32_t number, int64_t indexes, const char *primary_key);
/* Adds a mark. Marks must be added in order; others are ignored. */
void rdb_index_mark(struct rdb_index *index, const struct rdb_mark *mark);
/* Adds a checkpoint. resume->checkpoint: its offset; state: from the decoder. valid: the scan can
 * be resumed at this checkpoint. */
void rdb_index_checkpoint(
	struct rdb_index *index, const struct rdb_resume *resume, const struct rdb_buf *state);
/* Adds damage, before the outcome is set, in the order of the content. */
void rdb_index_damage(struct rdb_index *index, const struct rdb_damage *damage);
void rdb_index_ended(struct rdb_index *index, const struct rdb_scan_outcome *outcome);

/* Declares that the archive has its own catalogue and checkpoints (embedded.h), which the caller
 * adds: from now on the file, which must be empty or of such an archive, stores only outcome and
 * damage. */
void rdb_index_embed(struct rdb_index *index);
/* Adds a checkpoint that the archive itself stores, in order. Returns 0, -EINVAL or -ENOMEM. */
int rdb_index_add(struct rdb_index *index, const struct rdb_checkpoint *checkpoint);
bool rdb_index_is_embedded(const struct rdb_index *index);

/* Finds the first damage that ends behind offset. Returns false if there is none. */
bool rdb_index_next_damage(struct rdb_index *index, uint64_t offset, struct rdb_damage *out);

/* Returns whether any content between two offsets may be wrong. */
bool rdb_index_is_damaged(struct rdb_index *index, uint64_t from, uint64_t to);

/* Finds the last checkpoint at or before offset. Returns false if there is none. */
bool rdb_index_find(struct rdb_index *index, uint64_t offset, struct rdb_checkpoint *out);

/* Finds the first checkpoint behind offset. Returns false if there is none. */
bool rdb_index_next(struct rdb_index *index, uint64_t offset, struct rdb_checkpoint *out);

/* Finds the first mark behind offset. Returns false if there is none. */
bool rdb_index_next_mark(struct rdb_index *index, uint64_t offset, struct rdb_mark *out);

/* Reads a checkpoint's saved state. Returns 0, -EIO: the file no longer has the state, or -ENOMEM.
 */
int rdb_index_state(
	struct rdb_index *index, const struct rdb_checkpoint *checkpoint, struct rdb_buf *out);

#endif
