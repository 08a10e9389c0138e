/* The order of a table's documents. */
#ifndef RDB_KEYS_TABLE_ORDER_H
#define RDB_KEYS_TABLE_ORDER_H

enum rdb_table_order {
	RDB_TABLE_ORDER_UNKNOWN, /* the table was not read yet */
	RDB_TABLE_IN_ORDER,      /* no key is less than the key before, in the server's order */
	RDB_TABLE_OUT_OF_ORDER,
};

#endif
