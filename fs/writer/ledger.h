/*
 * What is noted of an archive while it grows, in memory alone: its members, the places where
 * inflate may start, the checksums of its text, and where it ends so far. In the end this makes
 * its index (embed.h).
 *
 * A tar header may be left open until its member's size is known. It stands at a checkpoint of
 * its own, and until it is filled in the checksums are of what follows it; what was before it is
 * in its mark.
 *
 * Threads: one at a time.
 */
#ifndef RDB_WRITER_LEDGER_H
#define RDB_WRITER_LEDGER_H

#include "archive/embed.h"
#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

/* A place in the archive that can be gone back to. */
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

/* Note that inflate may start at the end. 0 or -ENOMEM. */
int rdb_ledger_checkpoint(struct rdb_ledger *ledger);

/* The same before each span, which notes it only when the last one is a chunk of text away. */
int rdb_ledger_enter(struct rdb_ledger *ledger);

/* The same before a member: damage to what is before it is not to cost it, unless that is little.
 */
int rdb_ledger_enter_member(struct rdb_ledger *ledger);

/* Notes text that was appended, with its CRC-32; the archive has in bytes now. */
void rdb_ledger_advance(struct rdb_ledger *ledger, uint64_t in, uint64_t text_len, uint32_t crc);

/* What was appended last, right behind a checkpoint, is a header that stays open. */
void rdb_ledger_leave_open(struct rdb_ledger *ledger);

/* The open header's text is final. mark: the end as it was before the header's checkpoint. */
void rdb_ledger_fill_in(struct rdb_ledger *ledger, const struct rdb_ledger_mark *mark,
	const void *text, size_t len);

/* Copies the member, and its name. 0 or -ENOMEM. */
int rdb_ledger_add_member(struct rdb_ledger *ledger, const struct rdb_embed_member *member);

/* Forgets everything behind an end that there was. */
void rdb_ledger_take_back(struct rdb_ledger *ledger, const struct rdb_ledger_mark *mark);

/* Adds what is noted of bytes that follow this one's at an offset of the archive, and empties that
 * ledger. 0 or -ENOMEM. */
int rdb_ledger_join(struct rdb_ledger *ledger, struct rdb_ledger *behind, uint64_t in);

/*
 * Appends the index that describes everything so far, which its own member is to follow; drops
 * checkpoints of which a reader would not take as many. 0 or -ENOMEM.
 */
int rdb_ledger_encode(
	struct rdb_ledger *ledger, const char *top, const char *facts, struct rdb_buf *out);

/* Frees what is in it. */
void rdb_ledger_free(struct rdb_ledger *ledger);

#endif
