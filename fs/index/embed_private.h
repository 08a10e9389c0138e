/* Declarations shared by embed.c, embed_label.c, embed_encode.c and embed_read.c. */
#ifndef RDB_INDEX_EMBED_PRIVATE_H
#define RDB_INDEX_EMBED_PRIVATE_H

#include "gz/crc.h"
#include "index/embed.h"

#include <stddef.h>
#include <stdint.h>

#define RDB_EMBED_MAGIC "rdbfsidx"
#define RDB_EMBED_VERSION 1
#define RDB_EMBED_HEAD 24        /* bytes of the index before its table of sections */
#define RDB_EMBED_TABLE_ENTRY 24 /* bytes of one section's entry in the table */

#endif
