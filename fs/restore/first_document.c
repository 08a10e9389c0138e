#include "restore/first_document.h"

#include "format/documents.h"
#include "json/key.h"

#include <errno.h>

#define PIECE ((size_t)64 << 10) /* bytes per read */

static int feed_documents(struct rdb_documents *documents, const struct rdb_read *read,
	struct rdb_json_piece *piece, struct rdb_err *err)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < read->count; i++) {
		rdb_documents_feed(documents, read->iov[i].iov_base, read->iov[i].iov_len);
		rc = rdb_documents_next(documents, piece, err);
	}
	return rc;
}

/* Checks the first document before its memory, which belongs to the reader, is released. */
static int read_first(
	struct rdb_reader *reader, struct rdb_documents *documents, bool *has, struct rdb_err *err)
{
	struct rdb_read read = {0};
	struct rdb_json_piece piece = {0};
	struct rdb_json_span id;
	uint64_t off = 0;
	int rc;

	do {
		rdb_read_done(&read);
		rc = rdb_reader_read(reader, off, PIECE, &read, err);
		off += rc == 0 ? read.len : 0;
		if (rc == 0)
			rc = feed_documents(documents, &read, &piece, err);
	} while (rc == 0 && read.len > 0);
	if (rc == 0)
		rc = rdb_documents_end(documents, &piece, err);
	*has = rc != 1 || rdb_json_key(piece.data, piece.len, "id", &id) != -ENOENT;
	rdb_read_done(&read);
	return rc < 0 ? rc : 0;
}

int rdb_first_document_has_id(struct rdb_archive *archive, uint32_t number, char delimiter,
	bool *has, struct rdb_err *err)
{
	struct rdb_documents documents;
	struct rdb_reader *reader;
	int rc = rdb_documents_init(&documents, delimiter, err);

	if (rc != 0)
		return rc;
	rc = rdb_reader_open(archive, number, &reader);
	if (rc != 0) {
		rdb_err_sys(err, -rc, "documents");
	} else {
		rc = read_first(reader, &documents, has, err);
		rdb_reader_close(reader);
	}
	rdb_documents_free(&documents);
	return rc;
}
