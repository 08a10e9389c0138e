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
	struct rdb_output *output;     /* the trunk takes ownership, also on failure */
	struct rdb_deflater *deflater; /* outlives the trunk */
	const char *top;               /* the folder inside; copied */
	const char *type;              /* valid (embed.h); copied */
	int level;                     /* for the gzip header, as in deflate.h */
	int64_t created;               /* seconds */
};

/* Writes the gzip header into an empty output. */
int rdb_trunk_create(
	const struct rdb_trunk_options *options, struct rdb_trunk **out, struct rdb_err *err);

/* Whether a member's size and mtime may be given when it is closed, and marks be returned to. */
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

/* Bytes of archive up to the text appended last, even if it was taken back; once finished, all. */
uint64_t rdb_trunk_length(const struct rdb_trunk *trunk);

/* ---- members: of those given name, size, mtime and documents are read ---- */

/* Adds a whole member. text: as many bytes as its size says. */
int rdb_trunk_add_member(struct rdb_trunk *trunk, const struct rdb_embed_member *member,
	const void *text, struct rdb_err *err);

/*
 * The same for a small member, which is compressed together with others (RDB_TRUNK_PACK bytes of
 * text, or more with the last one). Waiting members are written before anything else is added.
 */
#define RDB_TRUNK_PACK ((size_t)128 * 1024)
int rdb_trunk_pack_member(struct rdb_trunk *trunk, const struct rdb_embed_member *member,
	const void *text, struct rdb_err *err);

/* Writes a member's header, as far as it is known; documents is not part of it. */
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

/* Closes the open member after all its text. fill_in: its size or mtime differs from the one given
 * when it was opened; the name does not. */
int rdb_trunk_close_member(struct rdb_trunk *trunk, const struct rdb_embed_member *member,
	bool fill_in, struct rdb_err *err);

/* ---- its end ---- */

/* Marks the end, after writing packed members. The mark is valid until the next mark, or until the
 * next opened member is closed. */
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
