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

/* A position in the archive that is being written. The writer can return to the position, and then
 * removes all bytes after the position. */
struct rdb_ledger_mark {
	uint64_t in;   /* bytes of archive */
	uint64_t out;  /* bytes of text */
	uint32_t crc;  /* CRC-32 of the text since the last unfinished header, or since the start */
	uint32_t span; /* CRC-32 of the text since the last checkpoint (position at which
			  decompression can begin) or unfinished header */
	size_t members;
	size_t checkpoints;
};

/* The index of an archive that is being written. A zero-initialised ledger is valid and empty. */
struct rdb_ledger {
	struct rdb_ledger_mark end;
	struct rdb_embed_member *members; /* the ledger owns their names */
	size_t member_cap;
	struct rdb_embed_checkpoint *checkpoints;
	size_t checkpoint_cap;
};

/* Adds a checkpoint at the present end of the archive. At a checkpoint, decompression can start
 * without the preceding bytes. Returns 0 or -ENOMEM. */
int rdb_ledger_checkpoint(struct rdb_ledger *ledger);

/* Adds a checkpoint, unless fewer than "distance" bytes of text were added since the last one. Must
 * be called before text is added. Returns 0 or -ENOMEM. */
int rdb_ledger_enter(struct rdb_ledger *ledger, uint64_t distance);

/* Records that text was appended to the archive. "in" is the new length of the compressed archive
 * in bytes. text_len is the length of the appended text before compression, and crc is the CRC-32
 * of this text. */
void rdb_ledger_advance(struct rdb_ledger *ledger, uint64_t in, uint64_t text_len, uint32_t crc);

/* Excludes the tar header that was appended last from the archive's checksums, because the header
 * may be replaced later: it contains the table's size. rdb_ledger_fill_in() adds the final header
 * to the checksums. The header must begin at a checkpoint (a position at which decompression can
 * begin), because a new checksum begins at each checkpoint. */
void rdb_ledger_leave_open(struct rdb_ledger *ledger);

/* Adds the final text of a table's tar header to the archive's checksums. The table's size was
 * unknown when the header was appended, so rdb_ledger_leave_open() has left the header out of the
 * checksums. *mark must be a copy of ledger->end from the time before the header, and the
 * checkpoint at its start, were added. */
void rdb_ledger_fill_in(struct rdb_ledger *ledger, const struct rdb_ledger_mark *mark,
	const void *text, size_t len);

/* Adds a copy of the member (a file in the tar archive), with its name, to the ledger, from which
 * the archive's index is made. Returns 0 or -ENOMEM. */
int rdb_ledger_add_member(struct rdb_ledger *ledger, const struct rdb_embed_member *member);

/* Removes all members and checkpoints (positions at which decompression can begin) that were
 * recorded after the position *mark, which is an earlier copy of ledger->end. */
void rdb_ledger_rewind(struct rdb_ledger *ledger, const struct rdb_ledger_mark *mark);

/* Appends the members, checksums and checkpoints (positions at which decompression can begin) of
 * the ledger "behind" to "ledger", and empties "behind". "in" is the archive offset at which the
 * part recorded in "behind" begins. The function adds "in" to the offsets of that part, which count
 * from its beginning. Returns 0 or -ENOMEM. */
int rdb_ledger_join(struct rdb_ledger *ledger, struct rdb_ledger *behind, uint64_t in);

/*
 * Appends the archive's index to "out". If there are more checkpoints (positions at which
 * decompression can begin) than readers accept, drops some of them. The caller adds the index to
 * the archive. Returns 0 or -ENOMEM.
 */
int rdb_ledger_encode(
	struct rdb_ledger *ledger, const char *top, const char *facts, struct rdb_buf *out);

void rdb_ledger_free(struct rdb_ledger *ledger);

#endif
