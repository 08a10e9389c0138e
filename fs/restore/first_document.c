#include "restore/first_document.h"

#include "format/documents.h"
#include "json/key.h"

#include <errno.h>

#define PIECE ((size_t)64 << 10) /* bytes per read */

static int feed_documents(struct rdb_documents *documents, const struct rdb_read *read,
	struct rdb_json_piece *piece, struct rdb_err *err)
{
	int ret = 0;

	for (int i = 0; ret == 0 && i < read->count; i++) {
		rdb_documents_feed(documents, read->iov[i].iov_base, read->iov[i].iov_len);
		ret = rdb_documents_next(documents, piece, err);
	}
	return ret;
}

static int read_first(
	struct rdb_reader *reader, struct rdb_documents *documents, bool *has, struct rdb_err *err)
{
	struct rdb_read read = {0};
	struct rdb_json_piece piece = {0};
	struct rdb_json_span id;
	uint64_t off = 0;
	int ret;

	do {
		rdb_read_done(&read);
		ret = rdb_reader_read(reader, off, PIECE, &read, err);
		off += ret == 0 ? read.len : 0;
		if (ret == 0)
			ret = feed_documents(documents, &read, &piece, err);
	} while (ret == 0 && read.len > 0);
	if (ret == 0)
		ret = rdb_documents_end(documents, &piece, err);
	*has = ret != 1 || rdb_json_key(piece.data, piece.len, "id", &id) != -ENOENT;
	rdb_read_done(&read);
	return ret < 0 ? ret : 0;
}

int rdb_first_document_has_id(struct rdb_archive *archive, uint32_t number, char delimiter,
	bool *has, struct rdb_err *err)
{
	struct rdb_documents documents;
	struct rdb_reader *reader;
	int ret = rdb_documents_init(&documents, delimiter, err);

	if (ret != 0)
		return ret;
	ret = rdb_reader_open(archive, number, &reader);
	if (ret != 0) {
		rdb_err_sys(err, -ret, "documents");
	} else {
		ret = read_first(reader, &documents, has, err);
		rdb_reader_close(reader);
	}
	rdb_documents_free(&documents);
	return ret;
}
