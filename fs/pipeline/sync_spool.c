#include "pipeline/sync_spool.h"

#include "pipeline/spooled.h"

#include <errno.h>
#include <stdint.h>

/* Header of a document in the spool's temporary file. The document's key and text follow the header
 * in the file. */
struct head {
	uint64_t key, document; /* bytes */
};

int rdb_sync_spool_add(struct rdb_sync_spool *spool, const char *dir, struct rdb_json_span key,
	struct rdb_json_span document, struct rdb_err *err)
{
	const struct head head = {key.len, document.len};
	int ret = spool->file ? 0 : rdb_spooled_create(dir, &spool->file, err);

	if (ret == 0)
		ret = rdb_spooled_write(spool->file, &head, sizeof(head), err);
	if (ret == 0)
		ret = rdb_spooled_write(spool->file, key.data, key.len, err);
	return ret ? ret : rdb_spooled_write(spool->file, document.data, document.len, err);
}

/* Reads exactly len bytes from the spool's file. Returns 1 if the bytes were read, 0 if no bytes
 * were left, or a negative errno. */
static int read_all(struct rdb_sync_spool *spool, void *buf, size_t len, struct rdb_err *err)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = rdb_spooled_read(spool->file, (char *)buf + done, len - done, err);
		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	if (done == 0 || done == len)
		return done == len;
	return rdb_err_set(err, EIO, "a temporary file ends early");
}

int rdb_sync_spool_next(struct rdb_sync_spool *spool, struct rdb_json_span *key,
	struct rdb_json_span *document, struct rdb_err *err)
{
	struct head head;
	int ret = spool->file ? read_all(spool, &head, sizeof(head), err) : 0;

	if (ret != 1)
		return ret;
	rdb_buf_clear(&spool->record);
	if (rdb_buf_reserve(&spool->record, head.key + head.document) != 0)
		return rdb_err_sys(err, ENOMEM, "a document to be deleted");
	spool->record.len = head.key + head.document;
	ret = read_all(spool, spool->record.data, spool->record.len, err);
	if (ret == 0)
		ret = rdb_err_set(err, EIO, "a temporary file ends early");
	*key = (struct rdb_json_span){spool->record.data, head.key};
	*document = (struct rdb_json_span){spool->record.data + head.key, head.document};
	return ret;
}

void rdb_sync_spool_free(struct rdb_sync_spool *spool)
{
	rdb_spooled_free(spool->file);
	rdb_buf_free(&spool->record);
	*spool = (struct rdb_sync_spool){0};
}
