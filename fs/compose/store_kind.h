/* Selects the kind of store by the SOURCE string, and opens stores. */
#ifndef RDB_COMPOSE_STORE_KIND_H
#define RDB_COMPOSE_STORE_KIND_H

#include "store/store.h"

/*
 * Opens a store, and reads its first listing. Waits for the disk or the network. Every thread that
 * the call starts has ended when the call returns. "source" has one of these forms:
 *   DIRECTORY, the path of a folder of backups;
 *   s3://BUCKET/PREFIX, the backups below PREFIX in an S3 bucket;
 *   s3://BUCKET/KEY, an archive in an S3 bucket: the store then contains only this backup;
 *   compose+https://HOST/…, the address of a hosting service;
 *   BACKUP, the path of an archive or an export: the store then contains only this backup.
 * The store keeps its own copy of the string "source". "options" may be NULL. Returns 0, or
 *   -ENOENT or -ENOTDIR if the directory, the archive or the bucket does not exist;
 *   -EACCES if access is denied, or the credentials are refused;
 *   -EINVAL if the scheme is unknown, or "source" is malformed;
 *   -ECONNREFUSED, -EHOSTUNREACH or -ETIMEDOUT if a remote host is not reachable;
 *   -EKEYREJECTED if a remote host's certificate is rejected;
 *   -EIO for other failures.
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
