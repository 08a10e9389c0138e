/*
 * The archive itself while it grows: everything that the writer (writer.h) puts into it goes here,
 * one member after the other, and is noted for the index (ledger.h). At its end it can take all
 * back that came after a mark.
 *
 * A member is added whole, or it is opened, its text follows in spans, and it is closed. Only one
 * is open at a time.
 *
 * Errors are those of the output (output.h: -ENOSPC -EDQUOT -EFBIG -EIO -EPIPE -ECANCELED …),
 * -ENOMEM, and -ENAMETOOLONG for a member's name. After any of them only length, cancel and
 * destroy may be called.
 *
 * Threads: it belongs to one at a time and has no lock; whoever hands it on sees to that.
 * can_fill_in, branch, length and cancel may be called by any.
 */
#ifndef RDB_WRITER_TRUNK_H
#define RDB_WRITER_TRUNK_H

#include "archive/embed.h"
#include "base/err.h"
#include "gz/deflate.h"
#include "writer/ledger.h"
#include "writer/output.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rdb_trunk;

struct rdb_trunk_options {
	struct rdb_output *output;     /* taken over, also on failure */
	struct rdb_deflater *deflater; /* outlives the trunk */
	const char *top;               /* the folder inside; copied */
	const char *type;              /* valid (embed.h); copied */
	int level;                     /* for the gzip header, as in deflate.h */
	int64_t created;               /* seconds */
};

/* Puts the gzip header into an empty output. */
int rdb_trunk_create(
	const struct rdb_trunk_options *options, struct rdb_trunk **out, struct rdb_err *err);

/* Whether a member's size and mtime may be told when it is closed, and marks be gone back to. */
bool rdb_trunk_can_fill_in(const struct rdb_trunk *trunk);

/*
 * Opens a branch: a trunk of its own for members, which become part of this one's archive when it
 * is joined. Any thread, also while this one is in use; destroyed before this one is.
 *   -EBUSY   the output has none, or no more
 */
int rdb_trunk_branch(struct rdb_trunk *trunk, struct rdb_trunk **out, struct rdb_err *err);

/* Branches are joined in the order of this number. */
unsigned rdb_trunk_order(const struct rdb_trunk *trunk);

/* Puts a branch's members behind all others, and empties it. What follows goes behind them. */
int rdb_trunk_join(struct rdb_trunk *trunk, struct rdb_trunk *branch, struct rdb_err *err);

/* Bytes of archive as of the text that came last, taken back or not; once finished, all of them. */
uint64_t rdb_trunk_length(const struct rdb_trunk *trunk);

/* ---- members: of those given name, size, mtime and documents are read ---- */

/* Adds a member whole. text: as many bytes as its size says. */
int rdb_trunk_add_member(struct rdb_trunk *trunk, const struct rdb_embed_member *member,
	const void *text, struct rdb_err *err);

/*
 * The same for a small member, which is compressed together with others (RDB_TRUNK_PACK bytes of
 * text, or more with the last one). What waits for that is added before anything else is.
 */
#define RDB_TRUNK_PACK ((size_t)128 * 1024)
int rdb_trunk_pack_member(struct rdb_trunk *trunk, const struct rdb_embed_member *member,
	const void *text, struct rdb_err *err);

/* Puts a member's header there, as far as it is known; documents isn't in there. */
int rdb_trunk_open_member(
	struct rdb_trunk *trunk, const struct rdb_embed_member *member, struct rdb_err *err);

/* Appends text of the open member. Its padding is text too. */
int rdb_trunk_append(
	struct rdb_trunk *trunk, const struct rdb_deflate_span *span, struct rdb_err *err);

/* A span that waits in another file. */
struct rdb_piece {
	uint64_t at;
	uint32_t len;
	uint32_t text_len;
	uint32_t crc;
};

int rdb_trunk_append_piece(
	struct rdb_trunk *trunk, int fd, const struct rdb_piece *piece, struct rdb_err *err);

/* All text of the open member is there. fill_in: its size or mtime is not what was said when it
 * was opened; the name is. */
int rdb_trunk_close_member(struct rdb_trunk *trunk, const struct rdb_embed_member *member,
	bool fill_in, struct rdb_err *err);

/* ---- its end ---- */

/* Where it ends now, after what is packed was added: that can be gone back to until the next mark,
 * or until the member that is opened next is closed. */
int rdb_trunk_mark(struct rdb_trunk *trunk, struct rdb_ledger_mark *out, struct rdb_err *err);

/* Takes everything back that came after the mark, also an open member. */
int rdb_trunk_take_back(
	struct rdb_trunk *trunk, const struct rdb_ledger_mark *mark, struct rdb_err *err);

/* Completes the archive with its index; only commit may follow. facts: as in embed.h. */
int rdb_trunk_finish(struct rdb_trunk *trunk, const char *facts, struct rdb_err *err);

/* Completes the output (output.h). */
int rdb_trunk_commit(struct rdb_trunk *trunk, struct rdb_err *err);

/* From now on what writes returns -ECANCELED, also a write that waits (output.h). */
void rdb_trunk_cancel(struct rdb_trunk *trunk);

/* Closes the output too, which leaves nothing behind without commit. NULL is fine. */
void rdb_trunk_destroy(struct rdb_trunk *trunk);

#endif
