#include "index/index_key.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>

#define ENDS_SIZE 65536 /* bytes of each end of the archive that are hashed */

/* Makes the index key of a remote archive from only the archive's version, size and time, so that
 * no request to the store is needed. */
int rdb_index_version_key(
	const struct rdb_identity *id, unsigned char key[RDB_INDEX_KEY], struct rdb_err *err)
{
	uint64_t facts[4] = {id->version, id->size, (uint64_t)id->mtime.tv_sec, RDB_INDEX_VERSION};

	if (!EVP_Digest(facts, sizeof(facts), key, NULL, EVP_sha256(), NULL))
		return rdb_err_sys(err, ENOMEM, "index");
	return 0;
}

int rdb_index_key(struct rdb_source *source, unsigned char key[RDB_INDEX_KEY], struct rdb_err *err)
{
	const struct rdb_identity *id = &source->identity;
	uint64_t facts[3] = {id->size, (uint64_t)id->mtime.tv_sec, (uint64_t)id->mtime.tv_nsec};
	uint64_t tail = id->size > ENDS_SIZE ? id->size - ENDS_SIZE : 0;
	EVP_MD_CTX *md;
	char *ends;
	ssize_t n;
	int ret;

	if (id->version)
		return rdb_index_version_key(id, key, err);
	md = EVP_MD_CTX_new();
	ends = calloc(2, ENDS_SIZE);
	if (!md || !ends) {
		ret = rdb_err_sys(err, ENOMEM, "index");
		goto done;
	}
	n = rdb_source_pread(source, ends, ENDS_SIZE, 0, err);
	if (n >= 0)
		n = rdb_source_pread(source, ends + ENDS_SIZE, ENDS_SIZE, tail, err);
	ret = n < 0 ? (int)n : 0;
	if (ret == 0 && !(EVP_DigestInit_ex(md, EVP_sha256(), NULL) &&
				EVP_DigestUpdate(md, facts, sizeof(facts)) &&
				EVP_DigestUpdate(md, ends, 2 * ENDS_SIZE) &&
				EVP_DigestFinal_ex(md, key, NULL)))
		ret = rdb_err_sys(err, ENOMEM, "index");
done:
	free(ends);
	EVP_MD_CTX_free(md);
	return ret;
}
