#include "compare/document_key.h"

#include "json/key.h"

#include <errno.h>
#include <inttypes.h>

int rdb_document_key(const struct rdb_json_piece *document, const char *name,
	struct rdb_document_key *out, struct rdb_err *err)
{
	int ret = rdb_json_key_first(document->data, document->len, name, &out->json);

	if (ret == 0)
		ret = rdb_primary_key_encode(out->json, &out->bytes);
	if (ret == 0)
		return 0;
	if (ret == -ENOMEM)
		return rdb_err_sys(err, ENOMEM, "document %" PRIu64, document->number);
	return rdb_err_set(err, EINVAL, "document %" PRIu64 " has no usable primary key \"%s\"",
		document->number, name);
}
