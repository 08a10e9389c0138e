/*
 * What rdbfs puts into the archives it writes so that they open without a scan: a label in the
 * gzip header, and an index as the last member, NAME/backup.rdbfs.
 *
 * An archive is one gzip member:
 *
 *   192 bytes     the gzip header; its comment is the label
 *   spans         deflate that begins and ends at a byte: the members
 *   spans         the last member up to its last block: tar header, then the index
 *   5 + 512       a stored block: the label again, the last block of the last member
 *   5 + 1024      a stored block, the stream's last: the two zero blocks that end the tar
 *   8             CRC-32 and length
 *
 * The label is 181 bytes of ASCII: "rdbfs1", then " key=value" for each fact, blanks, and
 * " check=" with the CRC-32 of all before it in hexadecimal. Unknown keys are passed over; a
 * reader of version 1 takes nothing else for its own. Keys (numbers are 16 hexadecimal digits):
 *
 *   type    on-demand, daily, …: lower-case letters, digits and "-", at most 16
 *   size    bytes of the whole archive
 *   index   where the last member starts, in the archive
 *   text    where its tar header starts, in the text that the archive inflates to
 *   data    where the index starts in the text, behind that header
 *   length  bytes of the index: the last member's without the label
 *   home    where the archive was made (home.h); 0: not in a folder, but into a pipe
 *
 * The label in the header of an archive that was written to a pipe has zeros but for the type;
 * the one at the end, which has its place from the end of the file, is complete.
 *
 * The index, all numbers little-endian: "rdbfsidx", u32 version (1), u32 number of sections, u32
 * CRC-32 of the text before the last member, u32 CRC-32 of the table that follows: for each
 * section a tag of 4 bytes, u32 CRC-32, u64 offset from the start of the index, u64 length.
 * Sections that are not known are passed over. Zeros fill up to a multiple of 512.
 *
 *   FACT  JSON text, see below
 *   MEMB  the top folder's name and NUL; for each member, in order: u64 where raw inflate may
 *         start in the archive to reach its header (at a checkpoint, for members that share one; or
 *         where the header itself starts), u64 where its header starts in the text, u64 where its
 *         data start in the text, u64 size, i64 mtime, i64 documents (-1 unknown), DATABASE/FILE
 *         and NUL
 *   CHKP  u64 in, u64 out: places where raw inflate may start, and the text that is there
 *   SUMS  u32 for each of those: the CRC-32 of the text from there to the next, of the last one's
 *         to the last member. So what is read of an archive can be told from what was written
 *         without reading all of it. An archive without them is scanned.
 *
 * FACT is an object; rdbfs writes "server" (version), "started" and "finished" (seconds), "scope"
 * ({"only": names, "except": names}, DATABASE or DATABASE.TABLE; no names in "only": everything),
 * "system" (documents of the server's own tables users, permissions, table_config, db_config and
 * cluster_config, an array for each: only of backups of everything, by a user who may read them),
 * "cluster" (the ids of all databases of the cluster, which tell it from others: job/lineage.h),
 * "tables" (an array of objects: "db", "table", "documents", "primary_key", "indexes", the number
 * of them, "config") and "databases" (the names of those that have no table).
 *
 * What is read here is not trusted: every length is bounded, every offset lies inside the
 * archive and in order, every checksum is right, and the CRC-32 and the length in the archive's
 * own trailer follow from the index's, as the former does from the checkpoints'. The members' text
 * itself is not read.
 *
 * Threads: no shared state.
 */
#ifndef RDB_INDEX_EMBED_H
#define RDB_INDEX_EMBED_H

#include "base/buf.h"
#include "base/err.h"
#include "base/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RDB_EMBED_TYPE_MAX 17 /* with the NUL */
#define RDB_EMBED_LABEL 181
#define RDB_EMBED_START 192 /* where the first span starts */
#define RDB_EMBED_FILE "backup.rdbfs"
#define RDB_EMBED_INDEX_MAX (UINT64_C(32) << 20) /* bytes: hundreds of thousands of tables */

struct rdb_embed_label {
	char type[RDB_EMBED_TYPE_MAX];
	uint64_t size, index, text, data, length;
	uint64_t home;
};

struct rdb_embed_member {
	const char *name; /* DATABASE/FILE */
	uint64_t in;      /* offset in the archive: of a checkpoint, or of its own header */
	uint64_t out;     /* where its header starts in the text */
	uint64_t data;    /* where its data start in the text */
	uint64_t size;    /* bytes */
	int64_t mtime;
	int64_t documents; /* -1 unknown */
};

struct rdb_embed_checkpoint {
	uint64_t in;
	uint64_t out;
	uint32_t crc; /* CRC-32 of the text up to the next checkpoint or the last member */
};

/* Content of an index. For encoding, the caller owns the strings; after reading, they lie in
 * memory. */
struct rdb_embed {
	struct rdb_embed_label label;
	const char *top;                  /* the folder of all members */
	const char *facts;                /* JSON text; "": none */
	struct rdb_embed_member *members; /* in the order of the archive */
	size_t member_count;
	struct rdb_embed_checkpoint *checkpoints; /* rising */
	size_t checkpoint_count;
	uint32_t crc; /* CRC-32 of the text before the last member */
	bool sums;    /* set by reading: each checkpoint has the CRC of its span */
	struct rdb_buf memory;
};

/* ---- reading ---- */

/*
 * Reads only the first label: 192 bytes.
 *   -ENOENT   not an archive that rdbfs wrote
 *   errors of the source's pread
 */
int rdb_embed_read_label(
	struct rdb_source *source, struct rdb_embed_label *out, struct rdb_err *err);

/*
 * Reads and checks label and index. Free out with rdb_embed_free(), only after success.
 *   -ENOENT   not an archive that rdbfs wrote
 *   -EBADMSG  rdbfs wrote the archive, but it is cut short, extended, changed, or of a later
 *             version: the text says which. A scan finds the tables that are left in it.
 *   -ENOMEM
 *   errors of the source's pread
 */
int rdb_embed_read(struct rdb_source *source, struct rdb_embed *out, struct rdb_err *err);

/*
 * Inflates only a member's header, and compares path and size with the index.
 *   -EBADMSG  the bytes are the header of another member, or no header
 *   -ENOMEM
 *   errors of the source's pread
 */
int rdb_embed_check_member(struct rdb_source *source, const struct rdb_embed *embed, size_t number,
	struct rdb_err *err);

/*
 * Inflates the span that starts at a checkpoint and compares its text with the index's CRC.
 *   -EBADMSG  the text is not what was written
 *   -ENOMEM
 *   errors of the source's pread
 */
int rdb_embed_check_span(struct rdb_source *source, const struct rdb_embed *embed, size_t number,
	struct rdb_err *err);

/* Number of the checkpoint whose span contains the given offset of the text before the last member.
 */
size_t rdb_embed_span_at(const struct rdb_embed *embed, uint64_t out);

void rdb_embed_free(struct rdb_embed *embed);

/* Returns the facts in the content of a last member: JSON text within it, or "" for none. NULL: the
 * content is not an index. */
const char *rdb_embed_facts(const struct rdb_buf *member);

/* ---- the parts ---- */

/* Writes exactly RDB_EMBED_LABEL characters and a NUL. type must be valid. */
void rdb_embed_label_format(const struct rdb_embed_label *label, char out[RDB_EMBED_LABEL + 1]);

/* Parses a label. Returns 0, -ENOENT: not a label, or -EBADMSG: a damaged label. */
int rdb_embed_label_parse(const char text[RDB_EMBED_LABEL], struct rdb_embed_label *out);

bool rdb_embed_type_valid(const char *type);

/* Appends the index, a multiple of 512 bytes. Returns 0 or -ENOMEM. */
int rdb_embed_encode(const struct rdb_embed *embed, struct rdb_buf *out);

/*
 * Parses an index that belongs to an archive with this label; takes ownership of the index's memory
 * (index is empty afterwards), also on failure.
 *   -EBADMSG  damaged, or not of this archive
 *   -ENOMEM
 */
int rdb_embed_parse(const struct rdb_embed_label *label, struct rdb_buf *index,
	struct rdb_embed *out, struct rdb_err *err);

#endif
