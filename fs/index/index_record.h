/* Layout of the file of an index: a header, and records of a head, a body, and bytes that are
 * skipped while loading. Numbers are in the machine's byte order. */
#ifndef RDB_INDEX_INDEX_RECORD_H
#define RDB_INDEX_INDEX_RECORD_H

#include "base/err.h"
#include "gz/crc.h"
#include "index/index_key.h"
#include "json/count.h"

#include <stddef.h>
#include <stdint.h>

#define RDB_INDEX_MAGIC 0x5844494246424452u /* "RDBFBIDX" */
#define RDB_INDEX_BODY_MAX 4096             /* largest number of bytes of a record's body */
#define RDB_INDEX_STATE_MAX (1 << 20)       /* largest number of bytes of a decoder state */

enum rdb_index_record_type {
	RDB_INDEX_RECORD_MEMBER = 1,
	RDB_INDEX_RECORD_DOCUMENTS,
	RDB_INDEX_RECORD_INFO,
	RDB_INDEX_RECORD_CHECKPOINT,
	RDB_INDEX_RECORD_END,
	RDB_INDEX_RECORD_TOP, /* the top folder's name with its NUL */
	RDB_INDEX_RECORD_MARK,
	RDB_INDEX_RECORD_DATABASE, /* the database's name with its NUL */
	RDB_INDEX_RECORD_DAMAGE,
	RDB_INDEX_RECORD_EMBEDDED, /* the archive itself contains its catalogue and checkpoints */
	RDB_INDEX_RECORD_NEST,
	RDB_INDEX_RECORD_TAKEN, /* start of the backup in seconds, an int64_t */
};

struct rdb_index_head {
	uint64_t magic;
	uint32_t version;
	uint32_t count_size; /* size of struct rdb_json_count, which is stored unchanged */
	uint64_t library;
	unsigned char key[RDB_INDEX_KEY];
	uint32_t reserved;
	uint32_t crc; /* CRC-32 of the fields before crc */
};

struct rdb_index_record {
	uint32_t type;
	uint32_t len;   /* bytes of the body that follows */
	uint32_t extra; /* bytes after the body that are skipped while loading */
	uint32_t crc;   /* CRC-32 of type, len, extra and the body */
};

struct rdb_index_member_body {
	uint32_t number;
	uint32_t kind;
	uint64_t offset;
	uint64_t size;
	int64_t seconds;
	uint32_t nanoseconds;
	uint16_t db_len; /* bytes of the database's name with its NUL; the names follow */
	uint16_t file_len;
};

struct rdb_index_documents_body {
	int64_t documents;
	uint32_t number;
	uint32_t reserved;
};

struct rdb_index_info_body {
	int64_t indexes;
	uint32_t number;
	char primary_key[132];
};

struct rdb_index_checkpoint_body {
	uint64_t offset;
	uint64_t source_offset;
	uint64_t member;
	uint64_t data_end;
	uint32_t crc;
	uint32_t state_crc;
	uint32_t number;
	uint32_t resumable;
	struct rdb_json_count count;
};

struct rdb_index_mark_body {
	uint64_t offset;
	uint64_t member;
	uint32_t crc;
	uint32_t reserved;
};

struct rdb_index_damage_body {
	uint64_t from;
	uint64_t to;
	uint64_t source_from;
	uint64_t source_to;
};

struct rdb_index_nest_body {
	uint32_t outer;
	uint32_t inner;
	uint64_t offset;
	uint64_t size;
};

struct rdb_index_end_body {
	uint32_t end;
	int32_t code;
	char text[RDB_ERR_TEXT];
	char server[64];
};

/* Returns the CRC of a record. The field head->crc is ignored. */
static inline uint32_t rdb_index_record_crc(const struct rdb_index_record *head, const void *body)
{
	uint32_t crc = rdb_crc32(0, head, offsetof(struct rdb_index_record, crc));

	return rdb_crc32(crc, body, head->len);
}

#endif
