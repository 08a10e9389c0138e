/*
 * A trunk is an archive, or a branch of an archive, while it grows. The writer (writer.h) appends
 * one member after another. Each member is recorded for the index (ledger.h). All bytes after a
 * mark can be removed again.
 *
 * A member is either added as a whole, or it is opened, followed by its text in spans (compressed
 * pieces, gz/deflate.h), and closed. Only one member is open at a time.
 *
 * Functions return 0, an error of the output (output.h), -ENOMEM, or -ENAMETOOLONG for the name of
 * a member. After an error only rdb_trunk_length(), rdb_trunk_cancel() and rdb_trunk_destroy() may
 * be called.
 *
 * A trunk has no lock and is used by one thread at a time. The callers synchronise when another
 * thread continues to use the trunk. Any thread may call rdb_trunk_can_fill_in(),
 * rdb_trunk_branch(), rdb_trunk_length() and rdb_trunk_cancel().
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
	const char *top;  /* name of the folder in the archive that has all members; copied */
	const char *type; /* type of the backup (embed.h); copied */
	int level;        /* compression level for the gzip header */
	int64_t created;  /* seconds */
};

/* Creates a trunk (an archive that is being written). Writes the gzip header to the output, which
 * must be empty. */
int rdb_trunk_create(
	const struct rdb_trunk_options *options, struct rdb_trunk **out, struct rdb_err *err);

/* Returns true if bytes of the output can still be replaced and removed. rdb_trunk_rewind() is
 * then possible, and a member's size and mtime can be set at its close. */
bool rdb_trunk_can_fill_in(const struct rdb_trunk *trunk);

/*
 * Opens a branch: another struct rdb_trunk, to which a second thread writes a part of the same
 * archive. rdb_trunk_join() later appends this part to "trunk". Any thread may call this function.
 * The caller destroys the branch before "trunk". Returns 0, or -EBUSY if no branch can be opened.
 */
int rdb_trunk_branch(struct rdb_trunk *trunk, struct rdb_trunk **out, struct rdb_err *err);

/* Returns the position of a branch in the order in which branches are joined to the archive. A
 * branch is a trunk that rdb_trunk_branch() has created, for a part of the archive that is written
 * separately. */
unsigned rdb_trunk_order(const struct rdb_trunk *trunk);

/* Appends the members of a branch to the trunk, and empties the branch. A branch is a part of the
 * archive that was written separately, in a trunk of its own. */
int rdb_trunk_join(struct rdb_trunk *trunk, struct rdb_trunk *branch, struct rdb_err *err);

/* Returns the present length of the archive in bytes. After rdb_trunk_finish(), this is the size of
 * the complete archive. After rdb_trunk_rewind(), the function still returns the length before the
 * rewind, until something is appended. */
uint64_t rdb_trunk_length(const struct rdb_trunk *trunk);

/* ---- members; functions read only the name, size, mtime and documents of *member ---- */

/* Appends a whole member to the trunk (the archive that is being written). The length of "text" is
 * the member's size. */
int rdb_trunk_add_member(struct rdb_trunk *trunk, const struct rdb_embed_member *member,
	const void *text, struct rdb_err *err);

/*
 * Size in bytes of a complete group of small members. rdb_trunk_pack_member() collects the members
 * of a group, which are then compressed together. Appending anything else ends the group early.
 */
#define RDB_TRUNK_PACK ((size_t)128 * 1024)
int rdb_trunk_pack_member(struct rdb_trunk *trunk, const struct rdb_embed_member *member,
	const void *text, struct rdb_err *err);

/* Opens a member, and appends a tar header with the member's name, size and mtime. The member's
 * number of documents, which the archive's index records, is not needed until the member is closed.
 */
int rdb_trunk_open_member(
	struct rdb_trunk *trunk, const struct rdb_embed_member *member, struct rdb_err *err);

/* Appends to the open member a part of its text, which the caller has compressed. In a tar archive,
 * the text must be followed by zero bytes that fill the last tar block. The caller must compress
 * and append these bytes too. */
int rdb_trunk_append(
	struct rdb_trunk *trunk, const struct rdb_deflate_span *span, struct rdb_err *err);

/* A piece of a table's compressed text, stored in a spool (temporary file, see spool.h). */
struct rdb_piece {
	uint64_t at;
	uint32_t len;
	uint32_t text_len;
	uint32_t crc;
};

int rdb_trunk_append_piece(
	struct rdb_trunk *trunk, int fd, const struct rdb_piece *piece, struct rdb_err *err);

/* Completes the open member after its text was appended. The name in *member must be the name with
 * which the member was opened. The caller passes fill_in as true if the size or the mtime in
 * *member has changed since then; the member's header is then replaced. */
int rdb_trunk_close_member(struct rdb_trunk *trunk, const struct rdb_embed_member *member,
	bool fill_in, struct rdb_err *err);

/* ---- completing and freeing a trunk ---- */

/* Stores the position of the archive's present end in *out, for a later rdb_trunk_rewind(). First
 * writes the small members that rdb_trunk_pack_member() has collected in memory. *out is valid
 * until the next rdb_trunk_mark(). Closing a member that was opened after this call also makes *out
 * invalid, because the bytes of a closed member can no longer be removed. */
int rdb_trunk_mark(struct rdb_trunk *trunk, struct rdb_ledger_mark *out, struct rdb_err *err);

/* Removes all bytes that were appended since the caller received *mark from rdb_trunk_mark(). If a
 * member was opened since then, it is removed, too. */
int rdb_trunk_rewind(
	struct rdb_trunk *trunk, const struct rdb_ledger_mark *mark, struct rdb_err *err);

/* Completes the archive by appending its index, and makes it durable and visible under its final
 * name. "facts" is a JSON text about the archive that is stored in the index (embed.h). */
int rdb_trunk_finish(struct rdb_trunk *trunk, const char *facts, struct rdb_err *err);

/* Makes all writes return -ECANCELED, even a write that is waiting (see rdb_output_cancel()). */
void rdb_trunk_cancel(struct rdb_trunk *trunk);

/* Frees the trunk and closes its output. Removes the archive, unless it was committed. trunk may be
 * NULL. */
void rdb_trunk_destroy(struct rdb_trunk *trunk);

#endif
