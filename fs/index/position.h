/* Positions in an archive's decompressed content that an index stores. */
#ifndef RDB_INDEX_POSITION_H
#define RDB_INDEX_POSITION_H

#include <stdbool.h>
#include <stdint.h>

/* A position at which a decoder can start without decoding the content before it. */
struct rdb_checkpoint {
	uint64_t offset;        /* position in the decompressed content */
	uint64_t source_offset; /* position in the archive */
	uint64_t member;        /* offset where the gzip member begins; 0 if saved is false */
	uint32_t crc;           /* CRC of the gzip member up to this position */
	bool saved;   /* the checkpoint has a decoder state; else a new decoder starts here */
	uint32_t len; /* bytes of the state; set by the index, as are the fields below */
	uint32_t state_crc;
	uint32_t span_crc; /* CRC of the content from offset to span_end; 0 if no span */
	uint64_t span_end;
	uint64_t where; /* offset of the state in the index's file */
	void *memory;   /* the state, if it is in memory; else NULL */
};

/* The end of a table, with a checksum for the content before it. */
struct rdb_mark {
	uint64_t offset;
	uint64_t member; /* offset where the gzip member begins */
	uint32_t crc;    /* CRC of the gzip member up to this mark */
};

/* A byte range of the archive's content that may be wrong because of damage. */
struct rdb_damage {
	uint64_t from, to;               /* first offset and end in the content */
	uint64_t source_from, source_to; /* first offset and end in the archive; equal if unknown */
};

#endif
