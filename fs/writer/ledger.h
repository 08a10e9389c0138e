/*
 * The record of an archive that is being written. The ledger is kept in memory and contains the
 * archive's members, the checkpoints where inflate may start, the checksums of the text, and the
 * present end. At the end of writing, the ledger becomes the archive's index (embed.h).
 *
 * A tar header may be left open until the size of its member is known. An open header begins at a
 * checkpoint. Until the header is filled in, the checksums cover only the text behind the header.
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

/* A position in the archive. The writer can return to this position by removing all bytes behind
 * the position. */
struct rdb_ledger_mark {
	uint64_t in;   /* bytes of archive */
	uint64_t out;  /* bytes of text */
	uint32_t crc;  /* CRC-32 of the text since the last open header, or since the start */
	uint32_t span; /* CRC-32 of the text since the last checkpoint or open header */
	size_t members;
	size_t checkpoints;
};

/* The ledger. A zero-initialised ledger is valid and empty. */
struct rdb_ledger {
	struct rdb_ledger_mark end;
	struct rdb_embed_member *members; /* the ledger owns their names */
	size_t member_cap;
	struct rdb_embed_checkpoint *checkpoints;
	size_t checkpoint_cap;
};

/* Records a checkpoint at the present end, where inflate may start. Returns 0 or -ENOMEM. */
int rdb_ledger_checkpoint(struct rdb_ledger *ledger);

/* Called before a span of text is added. Records a checkpoint if at least RDB_DEFLATE_CHUNK bytes
 * of text have been added since the last checkpoint. Returns 0 or -ENOMEM. */
int rdb_ledger_enter(struct rdb_ledger *ledger);

/* Called before a member is added. Records a checkpoint unless the last checkpoint is less than 128
 * KiB of text before the end. Damage before a checkpoint does not affect the members behind the
 * checkpoint. Returns 0 or -ENOMEM. */
int rdb_ledger_enter_member(struct rdb_ledger *ledger);

/* Records text that was appended. The parameter in is the length of the archive including this
 * text. crc is the CRC-32 of the text. */
void rdb_ledger_advance(struct rdb_ledger *ledger, uint64_t in, uint64_t text_len, uint32_t crc);

/* Marks the text that was appended last as an open header. The caller has recorded a checkpoint at
 * the start of this text. */
void rdb_ledger_leave_open(struct rdb_ledger *ledger);

/* Records the final text of the open header. *mark is the value of ledger->end before the
 * checkpoint of the header was recorded. */
void rdb_ledger_fill_in(struct rdb_ledger *ledger, const struct rdb_ledger_mark *mark,
	const void *text, size_t len);

/* Adds a copy of the member and of its name. Returns 0 or -ENOMEM. */
int rdb_ledger_add_member(struct rdb_ledger *ledger, const struct rdb_embed_member *member);

/* Sets the end of the ledger back to *mark, and removes all records of bytes behind this end. */
void rdb_ledger_take_back(struct rdb_ledger *ledger, const struct rdb_ledger_mark *mark);

/* Appends the records of the second ledger (behind) to the first ledger, and empties the second
 * ledger. in is the offset in the archive where the bytes of the second ledger begin. Returns 0 or
 * -ENOMEM. */
int rdb_ledger_join(struct rdb_ledger *ledger, struct rdb_ledger *behind, uint64_t in);

/*
 * Appends the index of the archive to out. The caller adds the member that contains the index
 * afterwards. If the number of checkpoints is above the limit of readers, every second checkpoint
 * is dropped until the number is within the limit. Returns 0 or -ENOMEM.
 */
int rdb_ledger_encode(
	struct rdb_ledger *ledger, const char *top, const char *facts, struct rdb_buf *out);

/* Frees the contents of the ledger. */
void rdb_ledger_free(struct rdb_ledger *ledger);

#endif
