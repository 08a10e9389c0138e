/*
 * A trunk is an archive, or a branch of an archive, while it grows. The writer (writer.h) appends
 * one member after another. Each member is recorded for the index (ledger.h). All bytes behind a
 * mark can be removed again.
 *
 * A member is either added as a whole, or it is opened, followed by its text in spans, and closed.
 * Only one member is open at a time.
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
	const char *top;               /* name of the folder in the archive; copied */
	const char *type;              /* type of the backup (embed.h); copied */
	int level;                     /* compression level for the gzip header */
	int64_t created;               /* seconds */
};

/* Creates a trunk, and writes the gzip header into the empty output. */
int rdb_trunk_create(
	const struct rdb_trunk_options *options, struct rdb_trunk **out, struct rdb_err *err);

/* Returns whether a member's size and mtime may be set when the member is closed, and whether
 * rdb_trunk_take_back() is possible. */
bool rdb_trunk_can_fill_in(const struct rdb_trunk *trunk);

/*
 * Opens a branch, which is a separate trunk. rdb_trunk_join() later appends the members of the
 * branch to this trunk. Any thread may call rdb_trunk_branch() while the trunk is in use. The
 * caller destroys the branch before the trunk. Returns -EBUSY if the output cannot have branches,
 * or cannot have more branches.
 */
int rdb_trunk_branch(struct rdb_trunk *trunk, struct rdb_trunk **out, struct rdb_err *err);

/* Returns the position of a branch among all branches. Branches are joined in the order of their
 * positions. */
unsigned rdb_trunk_order(const struct rdb_trunk *trunk);

/* Moves the members of a branch behind all other members, and empties the branch. Members that are
 * added later follow the moved members. */
int rdb_trunk_join(struct rdb_trunk *trunk, struct rdb_trunk *branch, struct rdb_err *err);

/* Returns the length of the archive in bytes after the last append. rdb_trunk_take_back() does not
 * change this value until text is appended again. After rdb_trunk_finish(), returns the size of the
 * complete archive. */
uint64_t rdb_trunk_length(const struct rdb_trunk *trunk);

/* ---- members: of those given name, size, mtime and documents are read ---- */

/* Adds a whole member. text has as many bytes as the member's size. */
int rdb_trunk_add_member(struct rdb_trunk *trunk, const struct rdb_embed_member *member,
	const void *text, struct rdb_err *err);

/*
 * Bytes after which a group of small members is written. rdb_trunk_pack_member() adds a small
 * member to the group, and the members of the group are compressed together. A smaller group is
 * written before anything else is appended.
 */
#define RDB_TRUNK_PACK ((size_t)128 * 1024)
int rdb_trunk_pack_member(struct rdb_trunk *trunk, const struct rdb_embed_member *member,
	const void *text, struct rdb_err *err);

/* Opens a member and writes a header with the name, size and mtime in *member. The number of
 * documents is only recorded when the member is closed. */
int rdb_trunk_open_member(
	struct rdb_trunk *trunk, const struct rdb_embed_member *member, struct rdb_err *err);

/* Appends a span to the open member. The spans contain the text of the member and then its padding.
 */
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

/* Closes the open member after all its text. fill_in is true if the size or mtime differs from the
 * value passed to rdb_trunk_open_member(). The name must be unchanged. */
int rdb_trunk_close_member(struct rdb_trunk *trunk, const struct rdb_embed_member *member,
	bool fill_in, struct rdb_err *err);

/* ---- its end ---- */

/* Writes packed members, and stores the end of the trunk in *out. The mark *out is valid until the
 * next mark, or until the member that is opened next is closed. */
int rdb_trunk_mark(struct rdb_trunk *trunk, struct rdb_ledger_mark *out, struct rdb_err *err);

/* Removes everything behind the mark, including an open member. */
int rdb_trunk_take_back(
	struct rdb_trunk *trunk, const struct rdb_ledger_mark *mark, struct rdb_err *err);

/* Completes the archive with its index. facts is a JSON text (embed.h). Only rdb_trunk_commit() may
 * follow. */
int rdb_trunk_finish(struct rdb_trunk *trunk, const char *facts, struct rdb_err *err);

/* Makes the archive durable and visible under its name. */
int rdb_trunk_commit(struct rdb_trunk *trunk, struct rdb_err *err);

/* Makes writes return -ECANCELED, including a write that waits (see rdb_output_cancel()). */
void rdb_trunk_cancel(struct rdb_trunk *trunk);

/* Frees the trunk and closes the output. The output is removed unless it was committed. trunk may
 * be NULL. */
void rdb_trunk_destroy(struct rdb_trunk *trunk);

#endif
