/*
 * The index that rdbfs writes into its archives, so that an archive opens without a scan, and the
 * label, a text that says where the index is. The label is in the gzip header. The index is the
 * last member, NAME/backup.rdbfs.
 *
 * An archive is one gzip member:
 *
 *   192 bytes     the gzip header; the header's comment is the label
 *   spans         the members, as deflate data; each span begins and ends at a byte boundary
 *   spans         the last member up to its last block: the tar header, then the index
 *   5 + 512       a stored block: the label again, as the last block of the last member
 *   5 + 1024      a stored block, the last of the stream: the two zero blocks that end the tar
 *   8             CRC-32 and length
 *
 * The label is 181 bytes of ASCII: "rdbfs1", then " key=value" for each fact, blanks, and "
 * check=" with the CRC-32 of all bytes before " check=" in hexadecimal. A reader ignores unknown
 * keys, and accepts only labels that begin with "rdbfs1". Numbers have 16 hexadecimal digits.
 * Keys:
 *
 *   type    on-demand, daily, …: lower-case letters, digits and "-", at most 16
 *   size    bytes of the whole archive
 *   index   offset in the archive where the last member starts
 *   text    offset in the text where the tar header of the last member starts
 *   data    offset in the text where the index starts, after that tar header
 *   length  bytes of the index, which is the last member without the label
 *   home    where the archive was made (writer/home.h); 0 if the archive was written to a pipe
 *
 * The text is what the archive decompresses to. In an archive that was written to a pipe, the
 * label in the gzip header has only the type, and its numbers are zero. The label at the end,
 * found by its distance from the end of the file, is complete.
 *
 * All numbers of the index are little-endian. The index begins with "rdbfsidx", u32 version (1),
 * u32 number of sections, u32 CRC-32 of the text before the last member, and u32 CRC-32 of the
 * table of sections. The table follows, with an entry for each section: a tag of 4 bytes, u32
 * CRC-32, u64 offset from the start of the index, u64 length. A reader ignores unknown sections.
 * Zeros fill the index up to a multiple of 512 bytes. The sections are:
 *
 *   FACT  JSON text, described below
 *   MEMB  the name of the top folder and NUL; then for each member, in order: u64 offset in the
 *         archive where decompression starts to reach the member's header, u64 offset of the
 *         header in the text, u64 offset of the member's data in the text, u64 size, i64 mtime,
 *         i64 documents (-1 if unknown), DATABASE/FILE and NUL. Decompression starts at the header
 *         itself, or at a checkpoint that several members share.
 *   CHKP  u64 in, u64 out: an offset in the archive where decompression can start, and the offset
 *         in the text of the bytes found there
 *   SUMS  u32 for each checkpoint: the CRC-32 of the text up to the next checkpoint, or to the
 *         last member. With these checksums a part of the archive can be verified alone. An
 *         archive without SUMS is scanned.
 *
 * FACT is a JSON object with these members:
 *
 *   server     the server's version
 *   started    start of the backup, in seconds
 *   finished   end of the backup, in seconds
 *   scope      {"only": names, "except": names}; a name is DATABASE or DATABASE.TABLE; an empty
 *              "only" means everything
 *   system     an array of documents for each of the server's own tables users, permissions,
 *              table_config, db_config and cluster_config; present in backups of everything, if
 *              the user was allowed to read these tables
 *   cluster    the ids of all databases, which identify the cluster (job/lineage.h)
 *   tables     an array of objects with "db", "table", "documents", "primary_key", "indexes" (the
 *              number of indexes) and "config"
 *   databases  the names of the databases without tables
 *
 * The index is not trusted. Every length is bounded, every offset must lie in the archive and in
 * order, and every checksum must be right. The CRC-32 and the length in the archive's trailer must
 * follow from the index, and the index's CRC-32 from the checkpoints. The members' text is not
 * read.
 *
 * Threads: no shared state.
 */
#ifndef RDB_INDEX_EMBED_H
#define RDB_INDEX_EMBED_H

#include "base/buf.h"
#include "base/err.h"
#include "io/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RDB_EMBED_MAGIC "rdbfsidx"
#define RDB_EMBED_VERSION 1
#define RDB_EMBED_HEAD 24        /* bytes of the index before its table of sections */
#define RDB_EMBED_TABLE_ENTRY 24 /* bytes of one section's entry in the table */
#define RDB_EMBED_TYPE_MAX 17    /* bytes of the longest type with its NUL */
#define RDB_EMBED_LABEL 181
#define RDB_EMBED_START 192 /* offset in the archive of the first span */
#define RDB_EMBED_FILE "backup.rdbfs"
#define RDB_EMBED_INDEX_MAX (UINT64_C(32) << 20) /* bytes; enough for over 100,000 tables */

struct rdb_embed_label {
	char type[RDB_EMBED_TYPE_MAX];
	uint64_t size, index, text, data, length;
	uint64_t home;
};

struct rdb_embed_member {
	const char *name; /* DATABASE/FILE */
	uint64_t in;      /* offset in the archive where decompression starts */
	uint64_t out;     /* offset of the member's header in the text */
	uint64_t data;    /* offset of the member's data in the text */
	uint64_t size;    /* bytes */
	int64_t mtime;
	int64_t documents; /* -1 if unknown */
};

struct rdb_embed_checkpoint {
	uint64_t in;
	uint64_t out;
	uint32_t crc; /* CRC-32 of the text to the next checkpoint or the last member */
};

/* Content of an embedded index. If the struct was filled by reading an index, its strings lie in
 * the field "memory", and rdb_embed_free() frees the strings. If the struct is filled for writing
 * an index, its strings belong to the caller. */
struct rdb_embed {
	struct rdb_embed_label label;
	const char *top;                  /* the folder that contains all members */
	const char *facts;                /* JSON text, as in FACT above; "" if there is none */
	struct rdb_embed_member *members; /* in the order of the archive */
	size_t member_count;
	struct rdb_embed_checkpoint *checkpoints; /* sorted by offset */
	size_t checkpoint_count;
	uint32_t crc; /* CRC-32 of the text before the last member */
	bool sums;    /* each checkpoint has a CRC; the reading functions set this field */
	struct rdb_buf memory;
};

/* ---- reading ---- */

/* Reads the label in the gzip header, but not the index. The label says where the index is. Returns
 * 0, -ENOENT if the header has no valid label, or an error of rdb_source_pread(). */
int rdb_embed_read_label(
	struct rdb_source *source, struct rdb_embed_label *out, struct rdb_err *err);

/* Reads and checks the index at the archive's end. The caller frees *out. Returns 0, -ENOENT if
 * rdbfs did not write the archive, -EBADMSG if the archive must be scanned instead, -ENOMEM, or an
 * error of rdb_source_pread(). */
int rdb_embed_read(struct rdb_source *source, struct rdb_embed *out, struct rdb_err *err);

/* Compares the archive's tar header of embed->members[number] with the name and the size in the
 * index. Returns 0, -ENOMEM, -EBADMSG if the header differs or is damaged, or an error of
 * rdb_source_pread(). */
int rdb_embed_check_member(struct rdb_source *source, const struct rdb_embed *embed, size_t number,
	struct rdb_err *err);

/*
 * Decompresses the content from embed->checkpoints[number] to the next checkpoint, and compares the
 * content's CRC with the CRC in the index.
 * Returns:
 *   0         the CRCs are equal
 *   -EBADMSG  the CRCs differ, or the data is damaged
 *   -ENOMEM   memory is exhausted
 *   other     an error of rdb_source_pread()
 */
int rdb_embed_check_span(struct rdb_source *source, const struct rdb_embed *embed, size_t number,
	struct rdb_err *err);

/* Returns the position, in the array embed->checkpoints, of the last checkpoint at or before "out".
 * "out" is an offset in the decompressed content, and must lie before the archive's last tar member
 * (the index). */
size_t rdb_embed_span_at(const struct rdb_embed *embed, uint64_t out);

void rdb_embed_free(struct rdb_embed *embed);

/*
 * Returns the section FACT of an archive's index. "member" holds the content of the archive's last
 * member, which is the index. The result points into "member".
 * Returns:
 *   JSON text  the section's content
 *   ""         the index has no section FACT
 *   NULL       the index is not valid, or memory is exhausted
 */
const char *rdb_embed_facts(const struct rdb_buf *member);

/* ---- the parts ---- */

/* Writes a label to out, with a terminating NUL. A label is the text that says where the index is.
 * label->type is not checked. */
void rdb_embed_label_format(const struct rdb_embed_label *label, char out[RDB_EMBED_LABEL + 1]);

/* Parses a label, the text that says where the index is. Returns 0, -ENOENT if the text is not a
 * label, or -EBADMSG if the label is damaged. */
int rdb_embed_label_parse(const char text[RDB_EMBED_LABEL], struct rdb_embed_label *out);

bool rdb_embed_type_valid(const char *type);

/* Appends the encoded index, padded to a multiple of 512 bytes. Returns 0 or -ENOMEM. */
int rdb_embed_encode(const struct rdb_embed *embed, struct rdb_buf *out);

/* Parses the index of the archive with this label. Takes ownership of the memory of *index, and
 * empties *index, also on failure. Returns 0, -ENOMEM, or -EBADMSG if the index is damaged or
 * belongs to another archive. */
int rdb_embed_parse(const struct rdb_embed_label *label, struct rdb_buf *index,
	struct rdb_embed *out, struct rdb_err *err);

#endif
