/*
 * A reader of small XML documents in the form that S3 sends: elements and text. Attributes,
 * comments and processing instructions are skipped. Namespace prefixes are removed. A document type
 * is refused, and so is every entity except the five of XML and character numbers. The reader does
 * not recurse. Thread-safe.
 */
#ifndef RDB_S3_XML_H
#define RDB_S3_XML_H

#include "base/err.h"

#include <stddef.h>

#define RDB_XML_DEPTH 8
#define RDB_XML_PATH 256 /* bytes of a path, with the NUL byte */

struct rdb_xml_handler {
	/*
	 * Called at the end of each element, after its children. "path" has the names of the
	 * element and of the elements around it, for example "Result/Contents/Key". "text" is empty
	 * if the element has children. Returns 0, or a negative errno to stop the reader.
	 */
	int (*element)(void *arg, const char *path, const char *text);
	void *arg;
};

/*
 * Parses an XML document of S3, and calls handler->element() for each of the document's elements.
 * Returns 0, a negative errno that handler->element() has returned, -ENOMEM, or -EBADMSG if the
 * document is truncated or is not the XML of S3.
 */
int rdb_xml_read(
	const char *data, size_t len, const struct rdb_xml_handler *handler, struct rdb_err *err);

#endif
