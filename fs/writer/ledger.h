/*
 * Record of an archive while it grows, in memory only: its members, the places where inflate may
 * start, the checksums of its text, and its end so far. At the end this becomes its index
 * (embed.h).
 *
 * A tar header may be left open until its member's size is known. It stands at a checkpoint of its
 * own; until it is filled in, the checksums cover the text behind it, and the text before it is in
 * its mark.
 *
 * Threads: one at a time.
 */
#ifndef RDB_WRITER_LEDGER_H
#define RDB_WRITER_LEDGER_H

#include "archive/embed.h"
#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

/* A place in the archive that the writer can return to. */
struct rdb_ledger_mark {
	uint64_t in;   /* bytes of archive */
	uint64_t out;  /* bytes of text */
	uint32_t crc;  /* of the text since the last open header, or since the start */
	uint32_t span; /* of the text since the last checkpoint, or since the open header */
	size_t members;
	size_t checkpoints;
};

/* Zero-initialised is empty and valid. */
struct rdb_ledger {
	struct rdb_ledger_mark end;
	struct rdb_embed_member *members; /* owns their names */
	size_t member_cap;
	struct rdb_embed_checkpoint *checkpoints;
	size_t checkpoint_cap;
};

/* Records that inflate may start at the end. 0 or -ENOMEM. */
int rdb_ledger_checkpoint(struct rdb_ledger *ledger);

/* The same before each span; recorded only if the last checkpoint is a chunk of text away. */
int rdb_ledger_enter(struct rdb_ledger *ledger);

/* The same before a member, so that damage before it does not affect it; skipped if the last
 * checkpoint is close. */
int rdb_ledger_enter_member(struct rdb_ledger *ledger);

/* Records appended text with its CRC-32; in: bytes of archive now. */
void rdb_ledger_advance(struct rdb_ledger *ledger, uint64_t in, uint64_t text_len, uint32_t crc);

/* Marks the last appended text, right behind a checkpoint, as a header that stays open. */
void rdb_ledger_leave_open(struct rdb_ledger *ledger);

/* Completes the open header's text. mark: the end before the header's checkpoint. */
void rdb_ledger_fill_in(struct rdb_ledger *ledger, const struct rdb_ledger_mark *mark,
	const void *text, size_t len);

/* Copies the member, and its name. 0 or -ENOMEM. */
int rdb_ledger_add_member(struct rdb_ledger *ledger, const struct rdb_embed_member *member);

/* Forgets everything behind an earlier end. */
void rdb_ledger_take_back(struct rdb_ledger *ledger, const struct rdb_ledger_mark *mark);

/* Adds what is noted of bytes that follow this one's at an offset of the archive, and empties that
 * ledger. 0 or -ENOMEM. */
int rdb_ledger_join(struct rdb_ledger *ledger, struct rdb_ledger *behind, uint64_t in);

/*
 * Appends the index for everything so far; its own member must follow. Drops checkpoints if a
 * reader would not accept so many. 0 or -ENOMEM.
 */
int rdb_ledger_encode(
	struct rdb_ledger *ledger, const char *top, const char *facts, struct rdb_buf *out);

/* Frees the contents. */
void rdb_ledger_free(struct rdb_ledger *ledger);

#endif
