/*
 * The archive itself while it grows. The writer (writer.h) appends one member after the other here;
 * each is recorded for the index (ledger.h). Everything behind a mark can be removed again.
 *
 * A member is added whole, or it is opened, its text follows in spans, and it is closed. Only one
 * is open at a time.
 *
 * Errors are those of the output (output.h: -ENOSPC -EDQUOT -EFBIG -EIO -EPIPE -ECANCELED …),
 * -ENOMEM, and -ENAMETOOLONG for a member's name. After any of them only length, cancel and destroy
 * may be called.
 *
 * Threads: one at a time. A trunk has no lock: the callers synchronise when another thread
 * continues to use it. Any thread may call can_fill_in, branch, length and cancel.
 */
#ifndef RDB_WRITER_TRUNK_H
#define RDB_WRITER_TRUNK_H

#include "base/err.h"
#include "gz/deflate.h"
#include "index/embed.h"
#include "writer/ledger.h"
#include "writer/output.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rdb_trunk;

struct rdb_trunk_options {
	struct rdb_output *output;     /* the trunk takes ownership, also on failure */
	struct rdb_deflater *deflater; /* outlives the trunk */
	const char *top;               /* name of the folder in the archive; copied */
	const char *type;              /* valid (embed.h); copied */
	int level;                     /* for the gzip header, as in deflate.h */
	int64_t created;               /* seconds */
};

/* Writes the gzip header into an empty output. */
int rdb_trunk_create(
	const struct rdb_trunk_options *options, struct rdb_trunk **out, struct rdb_err *err);

/* Returns whether a member's size and mtime may be set when the member is closed, and whether
 * rdb_trunk_take_back() is possible. */
bool rdb_trunk_can_fill_in(const struct rdb_trunk *trunk);

/*
 * Opens a branch: a separate trunk, whose members become members of this archive when it is joined.
 * Any thread may call this, also while this trunk is in use. Destroy the branch before this trunk.
 *   -EBUSY   the output has no branches, or no more
 */
int rdb_trunk_branch(struct rdb_trunk *trunk, struct rdb_trunk **out, struct rdb_err *err);

/* Returns the branch's position: branches are joined in this order. */
unsigned rdb_trunk_order(const struct rdb_trunk *trunk);

/* Moves a branch's members behind all others, and empties the branch. Later members follow them. */
int rdb_trunk_join(struct rdb_trunk *trunk, struct rdb_trunk *branch, struct rdb_err *err);

/* Bytes of the archive up to the text appended last, even if that was taken back; once finished,
 * all. */
uint64_t rdb_trunk_length(const struct rdb_trunk *trunk);

/* ---- members: of those given name, size, mtime and documents are read ---- */

/* Adds a whole member. text: as many bytes as the member's size. */
int rdb_trunk_add_member(struct rdb_trunk *trunk, const struct rdb_embed_member *member,
	const void *text, struct rdb_err *err);

/*
 * As rdb_trunk_add_member(), for a small member, which is compressed together with others
 * (RDB_TRUNK_PACK bytes of text, or more with the last one). Members not written yet are written
 * before anything else is added.
 */
#define RDB_TRUNK_PACK ((size_t)128 * 1024)
int rdb_trunk_pack_member(struct rdb_trunk *trunk, const struct rdb_embed_member *member,
	const void *text, struct rdb_err *err);

/* Writes a member's header, with the facts known so far; documents is not stored in it. */
int rdb_trunk_open_member(
	struct rdb_trunk *trunk, const struct rdb_embed_member *member, struct rdb_err *err);

/* Appends text of the open member, including its padding. */
int rdb_trunk_append(
	struct rdb_trunk *trunk, const struct rdb_deflate_span *span, struct rdb_err *err);

/* A span that is stored in another file. */
struct rdb_piece {
	uint64_t at;
	uint32_t len;
	uint32_t text_len;
	uint32_t crc;
};

int rdb_trunk_append_piece(
	struct rdb_trunk *trunk, int fd, const struct rdb_piece *piece, struct rdb_err *err);

/* Closes the open member after all its text. fill_in: its size or mtime differs from the one passed
 * when the member was opened; the name does not. */
int rdb_trunk_close_member(struct rdb_trunk *trunk, const struct rdb_embed_member *member,
	bool fill_in, struct rdb_err *err);

/* ---- its end ---- */

/* Marks the end, after writing packed members. The mark is valid until the next mark, or until the
 * member opened next is closed. */
int rdb_trunk_mark(struct rdb_trunk *trunk, struct rdb_ledger_mark *out, struct rdb_err *err);

/* Removes everything behind the mark, including an open member. */
int rdb_trunk_take_back(
	struct rdb_trunk *trunk, const struct rdb_ledger_mark *mark, struct rdb_err *err);

/* Completes the archive with its index; only commit may follow. facts: see embed.h. */
int rdb_trunk_finish(struct rdb_trunk *trunk, const char *facts, struct rdb_err *err);

/* Completes the output (output.h). */
int rdb_trunk_commit(struct rdb_trunk *trunk, struct rdb_err *err);

/* Makes writes return -ECANCELED, also a waiting one (output.h). */
void rdb_trunk_cancel(struct rdb_trunk *trunk);

/* Also closes the output, which removes it unless committed. Accepts NULL. */
void rdb_trunk_destroy(struct rdb_trunk *trunk);

#endif
