/*
 * A reader of small XML documents in the form that S3 sends: elements and text. Attributes,
 * comments and namespace prefixes are skipped. Document types and their entities are refused.
 * Thread-safe.
 */
#ifndef RDB_S3_XML_H
#define RDB_S3_XML_H

#include "base/err.h"

#include <stddef.h>

#define RDB_XML_DEPTH 8
#define RDB_XML_PATH 256 /* bytes of a path, with the NUL byte */

struct rdb_xml_handler {
	/* Called at the end of each element, with a path such as "Result/Contents/Key". "text" is
	 * empty if the element has children. Returns 0, or a negative errno to stop the reader. */
	int (*element)(void *arg, const char *path, const char *text);
	void *arg;
};

/* Parses an XML document. Returns 0, -ENOMEM, -EBADMSG if the document is malformed or truncated,
 * or an error of handler->element(). */
int rdb_xml_read(
	const char *data, size_t len, const struct rdb_xml_handler *handler, struct rdb_err *err);

#endif
