/*
 * Reader of small XML documents as S3 sends them: elements and text. Attributes, comments and
 * processing instructions are skipped. A document type, and entities other than the five of XML and
 * character numbers, are refused. Namespace prefixes are removed. No recursion. Thread-safe.
 */
#ifndef RDB_S3_XML_H
#define RDB_S3_XML_H

#include "base/err.h"

#include <stddef.h>

#define RDB_XML_DEPTH 8
#define RDB_XML_PATH 256 /* with the NUL */

struct rdb_xml_handler {
	/*
	 * Called at the end of each element, children first. path: names from the root on,
	 * "ListBucketResult/Contents/Key"; text: the element's own, "" if it has children. Returns
	 * 0, or a negative errno that ends the reading.
	 */
	int (*element)(void *arg, const char *path, const char *text);
	void *arg;
};

/*
 * Reads a document.
 *   -EBADMSG  not such a document, or truncated
 *   -ENOMEM, or what the handler returned
 */
int rdb_xml_read(
	const char *data, size_t len, const struct rdb_xml_handler *handler, struct rdb_err *err);

#endif
