/*
 * The files of documents/: one for each document of a table. A file's number has the table's number
 * and the document's ordinal, so the nodes of a table are a family, and nothing is kept of a file
 * that the kernel knows: its text is read again when it is needed again. Threads: any.
 */
#ifndef RDB_VIEWS_VIEW_FILE_H
#define RDB_VIEWS_VIEW_FILE_H

#include "views/view_table.h"

/* Answers a look-up with a document of the table, and keeps the document for the open that may
 * follow. Does not wait. */
void rdb_view_file_found(struct rdb_mount *mount, fuse_req_t req, struct rdb_view_table *table,
	struct rdb_view_document *document);

#endif
