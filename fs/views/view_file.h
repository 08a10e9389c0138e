/*
 * Files of documents/, one for each document of a table. The inode number of a file consists of
 * the number of its table and the position of its document in the table, so the mount keeps one
 * node in memory for all files of a table. The text of a file is not stored, but read again when
 * the kernel asks for it. Any thread may call.
 */
#ifndef RDB_VIEWS_VIEW_FILE_H
#define RDB_VIEWS_VIEW_FILE_H

#include "views/view_table.h"

/* Answers a look-up request for a document of the table. Keeps the document in memory for the open
 * request that may follow. Does not wait. */
void rdb_view_file_found(struct rdb_mount *mount, fuse_req_t req, struct rdb_view_table *table,
	struct rdb_view_document *document);

#endif
