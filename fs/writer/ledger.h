/*
 * Record of an archive while it grows, in memory only: its members, the offsets where inflate may
 * start, the checksums of its text, and its end so far. At the end of writing it becomes the
 * archive's index (embed.h).
 *
 * A tar header may be left open until its member's size is known. It stands at a checkpoint of its
 * own; until it is filled in, the checksums cover the text behind it, and its mark has the checksum
 * of the text before it.
 *
 * Threads: one at a time.
 */
#ifndef RDB_WRITER_LEDGER_H
#define RDB_WRITER_LEDGER_H

#include "base/buf.h"
#include "index/embed.h"

#include <stddef.h>
#include <stdint.h>

/* An offset in the archive that the writer can return to. */
struct rdb_ledger_mark {
	uint64_t in;   /* bytes of archive */
	uint64_t out;  /* bytes of text */
	uint32_t crc;  /* CRC-32 of the text since the last open header, or the start */
	uint32_t span; /* CRC-32 of the text since the last checkpoint or open header */
	size_t members;
	size_t checkpoints;
};

/* The record. Zero-initialised is empty and valid. */
struct rdb_ledger {
	struct rdb_ledger_mark end;
	struct rdb_embed_member *members; /* owns their names */
	size_t member_cap;
	struct rdb_embed_checkpoint *checkpoints;
	size_t checkpoint_cap;
};

/* Records a checkpoint: inflate may start at the end. Returns 0 or -ENOMEM. */
int rdb_ledger_checkpoint(struct rdb_ledger *ledger);

/* As rdb_ledger_checkpoint(), before each span; does nothing if less than a chunk of text has been
 * added since the last checkpoint. Returns 0 or -ENOMEM. */
int rdb_ledger_enter(struct rdb_ledger *ledger);

/* As rdb_ledger_checkpoint(), before a member, so that damage before the member does not affect it;
 * does nothing if the last checkpoint is close. Returns 0 or -ENOMEM. */
int rdb_ledger_enter_member(struct rdb_ledger *ledger);

/* Records appended text with its CRC-32. in: bytes of the archive including it. */
void rdb_ledger_advance(struct rdb_ledger *ledger, uint64_t in, uint64_t text_len, uint32_t crc);

/* Marks the text appended last, which begins at a checkpoint, as a header that stays open. */
void rdb_ledger_leave_open(struct rdb_ledger *ledger);

/* Completes the open header's text. mark: the end before the header's checkpoint. */
void rdb_ledger_fill_in(struct rdb_ledger *ledger, const struct rdb_ledger_mark *mark,
	const void *text, size_t len);

/* Adds a copy of the member and its name. Returns 0 or -ENOMEM. */
int rdb_ledger_add_member(struct rdb_ledger *ledger, const struct rdb_embed_member *member);

/* Removes all records of bytes behind an earlier end. */
void rdb_ledger_take_back(struct rdb_ledger *ledger, const struct rdb_ledger_mark *mark);

/* Appends the records of another ledger, whose bytes begin at offset `in` of this one's archive,
 * and empties that ledger. Returns 0 or -ENOMEM. */
int rdb_ledger_join(struct rdb_ledger *ledger, struct rdb_ledger *behind, uint64_t in);

/*
 * Appends the index for everything so far; its own member must follow. Drops checkpoints if a
 * reader would not accept so many. Returns 0 or -ENOMEM.
 */
int rdb_ledger_encode(
	struct rdb_ledger *ledger, const char *top, const char *facts, struct rdb_buf *out);

/* Frees the contents. */
void rdb_ledger_free(struct rdb_ledger *ledger);

#endif
