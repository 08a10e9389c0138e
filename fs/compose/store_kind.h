/* Selects the kind of store by the SOURCE string, and opens stores. */
#ifndef RDB_COMPOSE_STORE_KIND_H
#define RDB_COMPOSE_STORE_KIND_H

#include "store/store.h"

/*
 * Opens a store, and reads its first listing. Waits for the disk or the network. No thread of the
 * store runs when the call returns. "options" may be NULL. The store copies "source".
 * Forms of "source":
 *   DIRECTORY                 a folder of backups
 *   BACKUP                    an archive or an export, the store's only backup
 *   s3://BUCKET/PREFIX        the backups below PREFIX in an S3 bucket
 *   s3://BUCKET/KEY           an archive in an S3 bucket, the store's only backup
 *   compose+https://HOST/…    a hosting service
 * Returns:
 *   0                   success
 *   -ENOENT, -ENOTDIR   the directory, the archive or the bucket does not exist
 *   -EACCES             access is denied, or the credentials are refused
 *   -EINVAL             the scheme is unknown, or "source" is malformed
 *   -ECONNREFUSED, -EHOSTUNREACH, -ETIMEDOUT
 *                       a remote host is not reachable
 *   -EKEYREJECTED       a remote host's certificate is rejected
 *   -EIO                other failures
 */
int rdb_store_open(const char *source, const struct rdb_store_options *options,
	struct rdb_store **out, struct rdb_err *err);

/* Returns -EINVAL if "source" has the form SCHEME://..., no kind of store has this scheme, and no
 * file has the path "source". Otherwise returns 0. */
int rdb_store_check_scheme(const char *source, struct rdb_err *err);

/* These two functions examine only the beginning of a SOURCE argument. rdb_store_is_remote()
 * returns true for s3://, compose+https:// and compose+http://. rdb_store_is_service() returns true
 * only for compose+https:// and compose+http://. */
bool rdb_store_is_remote(const char *source);
bool rdb_store_is_service(const char *source);

/* Splits the argument of `dump -f`: "s3://BUCKET/x.tar.gz" becomes "s3://BUCKET/" and x.tar.gz;
 * "x.tar.gz" becomes "." and x.tar.gz. The caller frees *source. Returns 0, -ENOMEM or -EINVAL. */
int rdb_store_split(const char *target, char **source, const char **file, struct rdb_err *err);

#endif
