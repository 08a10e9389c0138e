/* Byte order mark that Windows programs write at the start of UTF-8 text. */
#ifndef RDB_BASE_BYTE_ORDER_MARK_H
#define RDB_BASE_BYTE_ORDER_MARK_H

#include <stddef.h>
#include <string.h>

#define RDB_BYTE_ORDER_MARK "\xef\xbb\xbf"
#define RDB_BYTE_ORDER_MARK_LEN 3

/* Length of the mark at the start of a text: the whole mark, or 0. */
static inline size_t rdb_byte_order_mark(const char *text, size_t len)
{
	return len >= RDB_BYTE_ORDER_MARK_LEN &&
			       memcmp(text, RDB_BYTE_ORDER_MARK, RDB_BYTE_ORDER_MARK_LEN) == 0
		       ? RDB_BYTE_ORDER_MARK_LEN
		       : 0;
}

#endif
