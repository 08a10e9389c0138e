/* The operations of each kind of upload. */
#include "upload/uploads.h"

/* ---- ignored files ---- */

static int ignored_write(
	struct rdb_upload *upload, const void *data, size_t len, struct rdb_err *err)
{
	(void)upload, (void)data, (void)len, (void)err;
	return 0;
}

static const struct rdb_upload_ops ignored_ops = {.write = ignored_write};

/* ---- all kinds ---- */

const struct rdb_upload_ops *rdb_upload_ops_of(enum rdb_upload_kind kind)
{
	switch (kind) {
	case RDB_UPLOAD_JSON:
	case RDB_UPLOAD_CSV:
		return &rdb_upload_documents_ops;
	case RDB_UPLOAD_INFO:
		return &rdb_upload_info_ops;
	case RDB_UPLOAD_ARCHIVE:
		return &rdb_upload_archive_ops;
	case RDB_UPLOAD_LINK:
		return &rdb_upload_target_ops;
	case RDB_UPLOAD_DOCUMENT:
		return &rdb_upload_document_ops;
	case RDB_UPLOAD_IGNORED:
		return &ignored_ops;
	default:
		return NULL;
	}
}
