/*
 * The record of an archive that is being written. The ledger is kept in memory and contains the
 * archive's members, the checkpoints where inflate may start, the checksums of the text, and the
 * present end. At the end of writing, the ledger becomes the archive's index (embed.h).
 *
 * A tar header may be left open until the size of its member is known. An open header begins at a
 * checkpoint. Until the header is filled in, the checksums cover only the text after the header.
 * The mark before the header has the checksum of the text before the header.
 *
 * A ledger is used by one thread at a time.
 */
#ifndef RDB_WRITER_LEDGER_H
#define RDB_WRITER_LEDGER_H

#include "base/buf.h"
#include "index/embed.h"

#include <stddef.h>
#include <stdint.h>

/* A position in the archive to which the writer can return. The writer then removes all bytes after
 * this position. */
struct rdb_ledger_mark {
	uint64_t in;   /* bytes of archive */
	uint64_t out;  /* bytes of text */
	uint32_t crc;  /* CRC-32 of the text since the last unfinished header, or since the start */
	uint32_t span; /* CRC-32 of the text since the last checkpoint (position at which
			  decompression can begin) or unfinished header */
	size_t members;
	size_t checkpoints;
};

/* A zero-initialised ledger is valid and empty. */
struct rdb_ledger {
	struct rdb_ledger_mark end;
	struct rdb_embed_member *members; /* the ledger owns their names */
	size_t member_cap;
	struct rdb_embed_checkpoint *checkpoints;
	size_t checkpoint_cap;
};

/* Adds a checkpoint at the present end of the archive. A checkpoint is a position where
 * decompression can start. Returns 0 or -ENOMEM. */
int rdb_ledger_checkpoint(struct rdb_ledger *ledger);

/* Adds a checkpoint (a position where decompression can start) at the archive's end. Does nothing
 * if the last checkpoint is fewer than "distance" uncompressed bytes before the end. Returns 0 or
 * -ENOMEM. */
int rdb_ledger_enter(struct rdb_ledger *ledger, uint64_t distance);

/* Records that compressed data was appended to the archive. The decompressed data has text_len
 * bytes and the CRC-32 "crc". "in" is the archive's new length in compressed bytes. */
void rdb_ledger_advance(struct rdb_ledger *ledger, uint64_t in, uint64_t text_len, uint32_t crc);

/* Makes the checksums leave out the provisional tar header that was just appended. Later,
 * rdb_ledger_fill_in() adds the final header. The caller must have called rdb_ledger_checkpoint()
 * just before appending the header. */
void rdb_ledger_leave_open(struct rdb_ledger *ledger);

/* Adds a member's final tar header "text" to the checksums. The caller must first have copied
 * ledger->end to *mark, called rdb_ledger_checkpoint(), appended a provisional header, and called
 * rdb_ledger_leave_open(), in this order. */
void rdb_ledger_fill_in(struct rdb_ledger *ledger, const struct rdb_ledger_mark *mark,
	const void *text, size_t len);

/* Adds a copy of the member, with its name. Returns 0 or -ENOMEM. */
int rdb_ledger_add_member(struct rdb_ledger *ledger, const struct rdb_embed_member *member);

/* Resets the ledger to the state that it had when the caller copied ledger->end to *mark. Removes
 * the members and checkpoints that were added after the copy. */
void rdb_ledger_rewind(struct rdb_ledger *ledger, const struct rdb_ledger_mark *mark);

/* Appends the ledger "behind" to "ledger", and empties "behind". The ledger "behind" describes a
 * later part of the archive, which begins at the offset "in". Returns 0 or -ENOMEM. */
int rdb_ledger_join(struct rdb_ledger *ledger, struct rdb_ledger *behind, uint64_t in);

/* Appends the archive's index to "out". First drops some of the ledger's checkpoints (places where
 * decompression can start) if the index would otherwise be too long for readers. Returns 0 or
 * -ENOMEM. */
int rdb_ledger_encode(
	struct rdb_ledger *ledger, const char *top, const char *facts, struct rdb_buf *out);

void rdb_ledger_free(struct rdb_ledger *ledger);

#endif
