/*
 * Document with its text and its key: the content of a file in documents/, or a version in
 * history/. Any thread may call. No function waits.
 */
#ifndef RDB_VIEWS_VIEW_DOCUMENT_H
#define RDB_VIEWS_VIEW_DOCUMENT_H

#include "base/buf.h"
#include "mount/node.h"
#include "json/text.h"

#include <stdatomic.h>

enum rdb_view_document_kind {
	RDB_VIEW_PRESENT, /* the file contains the document's text and a line feed */
	RDB_VIEW_REMOVED, /* in history/: the backup has no such document; shown as an empty file */
	RDB_VIEW_UNREADABLE, /* in history/: the backup is damaged at this document; open fails with
				EIO */
};

/* A document. Immutable. */
struct rdb_view_document {
	atomic_uint refs;
	enum rdb_view_document_kind kind;
	struct rdb_backup *backup; /* with a reference */
	fuse_ino_t ino;
	struct rdb_buf text; /* content of the file */
	struct rdb_buf key;  /* JSON text */
};

/* Creates a document with one reference. Takes ownership of the text, also on failure. Adds a line
 * feed if the kind is RDB_VIEW_PRESENT. Returns 0 or -ENOMEM. */
int rdb_view_document_new(struct rdb_backup *backup, fuse_ino_t ino,
	enum rdb_view_document_kind kind, struct rdb_buf *text, struct rdb_json_span key,
	struct rdb_view_document **out);

struct rdb_view_document *rdb_view_document_ref(struct rdb_view_document *document);
void rdb_view_document_unref(struct rdb_view_document *document); /* accepts NULL */

/* Answers an open request with a handle for the document's text. If the document's kind is
 * RDB_VIEW_UNREADABLE, answers with EIO. */
void rdb_view_document_open(struct rdb_mount *mount, fuse_req_t req,
	struct rdb_view_document *document, struct fuse_file_info *fi);

/* Returns the node of a file in history/. The file contains one version of a document: the text in
 * *document. */
struct rdb_node rdb_node_view_document(struct rdb_view_document *document);

#endif
