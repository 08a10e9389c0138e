#include "cmd/command.h"

#include <archive.h>
#include <curl/curl.h>
#include <fuse_lowlevel.h>
#ifdef RDBFS_ISAL
#include <isa-l.h>
#endif
#include <jansson.h>
#include <openssl/crypto.h>
#include <zlib.h>

void rdb_version(FILE *out)
{
	fprintf(out, "rdbfs %s\n", RDBFS_VERSION);
	fprintf(out, "libfuse %s\n", fuse_pkgversion());
	fputs(archive_version_details(), out);
	fputc('\n', out);
#ifdef RDBFS_ISAL
	fprintf(out, "ISA-L %d.%d.%d\n", ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION,
		ISAL_PATCH_VERSION);
#else
	fputs("without ISA-L: zlib reads gzip at half of the speed, and writes at a third\n", out);
#endif
	fprintf(out, "zlib %s\n", zlibVersion());
	fprintf(out, "jansson %s\n", jansson_version_str());
	fprintf(out, "libcurl %s\n", curl_version_info(CURLVERSION_NOW)->version);
	fprintf(out, "%s\n", OpenSSL_version(OPENSSL_VERSION));
}
