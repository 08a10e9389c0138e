/* Byte order mark, three bytes that Windows programs write at the start of UTF-8 text */
#ifndef RDB_BASE_BYTE_ORDER_MARK_H
#define RDB_BASE_BYTE_ORDER_MARK_H

#include <stddef.h>
#include <string.h>

#define RDB_BYTE_ORDER_MARK "\xef\xbb\xbf"
#define RDB_BYTE_ORDER_MARK_LEN 3

/* Returns the length of the byte order mark at the start of a text, or 0 if the text has none. */
static inline size_t rdb_byte_order_mark(const char *text, size_t len)
{
	return len >= RDB_BYTE_ORDER_MARK_LEN &&
			       memcmp(text, RDB_BYTE_ORDER_MARK, RDB_BYTE_ORDER_MARK_LEN) == 0
		       ? RDB_BYTE_ORDER_MARK_LEN
		       : 0;
}

#endif
