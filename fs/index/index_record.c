#include "index/index_record.h"

#include "gz/crc.h"
#include "gz/inflate.h"

#include <stddef.h>
#include <string.h>

void rdb_index_head_make(struct rdb_index_head *head, const unsigned char key[RDB_INDEX_KEY])
{
	*head = (struct rdb_index_head){
		.magic = RDB_INDEX_MAGIC,
		.version = RDB_INDEX_VERSION,
		.count_size = sizeof(struct rdb_json_count),
		.library = rdb_inflate_library(),
	};
	memcpy(head->key, key, RDB_INDEX_KEY);
	head->crc = rdb_crc32(0, head, offsetof(struct rdb_index_head, crc));
}

uint32_t rdb_index_record_crc(const struct rdb_index_record *head, const void *body)
{
	uint32_t crc = rdb_crc32(0, head, offsetof(struct rdb_index_record, crc));

	return rdb_crc32(crc, body, head->len);
}
