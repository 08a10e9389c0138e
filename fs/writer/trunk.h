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

/* Creates a trunk, an archive that grows. Writes the gzip header to the output, which must be
 * empty. */
int rdb_trunk_create(
	const struct rdb_trunk_options *options, struct rdb_trunk **out, struct rdb_err *err);

/* Returns true if the trunk's output can replace and remove bytes that were appended earlier. If
 * the result is false, the caller must not call rdb_trunk_rewind(), and must set fill_in of
 * rdb_trunk_close_member() to false. */
bool rdb_trunk_can_fill_in(const struct rdb_trunk *trunk);

/*
 * Opens a branch: a second trunk that writes a separate part of the same archive. The branch must
 * be destroyed before "trunk".
 * Returns:
 *   0        *out is the branch
 *   -EBUSY   the output cannot have a further branch
 *   -ENOMEM  memory is exhausted
 */
int rdb_trunk_branch(struct rdb_trunk *trunk, struct rdb_trunk **out, struct rdb_err *err);

/* Returns the number of a branch (a trunk opened by rdb_trunk_branch()), or 0 if the trunk is not a
 * branch. The archive contains its branches in ascending order of their numbers. The numbers may
 * have gaps. */
unsigned rdb_trunk_order(const struct rdb_trunk *trunk);

/* Appends the members of a branch (see rdb_trunk_branch()) to the trunk, and empties the branch. */
int rdb_trunk_join(struct rdb_trunk *trunk, struct rdb_trunk *branch, struct rdb_err *err);

/* Returns the archive's length in bytes. After rdb_trunk_rewind(), the function still returns the
 * old length until something is appended. */
uint64_t rdb_trunk_length(const struct rdb_trunk *trunk);

/* ---- members; functions read only the name, size, mtime and documents of *member ---- */

/* Appends a whole member. "text" is the member's content, and has member->size bytes. */
int rdb_trunk_add_member(struct rdb_trunk *trunk, const struct rdb_embed_member *member,
	const void *text, struct rdb_err *err);

/* rdb_trunk_pack_member() appends a small member. Small members are compressed together when their
 * total size reaches RDB_TRUNK_PACK bytes. The order of all members is kept. */
#define RDB_TRUNK_PACK ((size_t)128 * 1024)
int rdb_trunk_pack_member(struct rdb_trunk *trunk, const struct rdb_embed_member *member,
	const void *text, struct rdb_err *err);

/* Opens a member with this name, size and mtime. The number of documents is needed only when the
 * member is closed. */
int rdb_trunk_open_member(
	struct rdb_trunk *trunk, const struct rdb_embed_member *member, struct rdb_err *err);

/* Appends the next compressed part of the open member's data. After the last part, the caller must
 * also append compressed zeros, so that the member ends at the end of a tar block. */
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

/* Completes the open member. The name in *member must be the name with which the member was opened.
 * fill_in must be true if the member's size or mtime has changed since then. */
int rdb_trunk_close_member(struct rdb_trunk *trunk, const struct rdb_embed_member *member,
	bool fill_in, struct rdb_err *err);

/* ---- completing and freeing a trunk ---- */

/* Stores the present end of the archive in *out, as a mark for rdb_trunk_rewind(). The mark is
 * valid until the next call of rdb_trunk_mark() or rdb_trunk_close_member(). */
int rdb_trunk_mark(struct rdb_trunk *trunk, struct rdb_ledger_mark *out, struct rdb_err *err);

/* Removes all bytes that were appended since rdb_trunk_mark(), and a member that was opened since
 * then. */
int rdb_trunk_rewind(
	struct rdb_trunk *trunk, const struct rdb_ledger_mark *mark, struct rdb_err *err);

/* Writes the archive's index, which completes the archive. Makes the archive durable and visible
 * under its final name. "facts" is a JSON text that is stored in the index (embed.h). */
int rdb_trunk_finish(struct rdb_trunk *trunk, const char *facts, struct rdb_err *err);

/* Makes all writes return -ECANCELED, even a write that is waiting (see rdb_output_cancel()). */
void rdb_trunk_cancel(struct rdb_trunk *trunk);

/* Frees the trunk and closes its output. Removes the archive, unless it was committed. trunk may be
 * NULL. */
void rdb_trunk_destroy(struct rdb_trunk *trunk);

#endif
