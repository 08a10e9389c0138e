#include "cmd/mounting.h"

#include "base/log.h"
#include "cmd/secret.h"
#include "io/write_all.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Writes the certificate to a file in memory, and returns the file's descriptor, or -1 after an
 * error. Stores the file's path, /proc/self/fd/DESCRIPTOR, in "path". The path is valid until the
 * descriptor is closed. */
static int hold_certificate(const char *pem, char path[64])
{
	int fd = memfd_create("certificate of the hosting service", MFD_CLOEXEC);

	if (fd >= 0 && rdb_write_all(fd, pem, strlen(pem)) != 0) {
		close(fd);
		fd = -1;
	}
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

static int create(const struct rdb_settings *settings, struct rdb_store_cluster *described,
	struct rdb_cluster **out, struct rdb_err *err)
{
	struct rdb_settings with = *settings;
	char certificate[64];
	int ret, fd = -1;

	with.connect = described->connect;
	if (described->certificate && !settings->tls_cert && !settings->tls)
		fd = hold_certificate(described->certificate, certificate);
	if (fd >= 0)
		with.tls_cert = certificate;
	ret = rdb_secret_cluster(&with, out, err);
	/* Close the certificate's file, because rdb_secret_cluster() has read the file. */
	if (fd >= 0)
		close(fd);
	if (ret == 0)
		rdb_log_warning("the cluster is %s%s, as the service describes the deployment; -c "
				"names another one",
			rdb_cluster_name(*out), fd >= 0 ? ", with the service's certificate" : "");
	return ret;
}

int rdb_mounting_cluster(struct rdb_mounting *m, struct rdb_err *err)
{
	struct rdb_store_cluster described = {0};
	struct rdb_err why = {0};
	bool known = !rdb_settings_name_cluster(m->settings) &&
		     rdb_store_cluster(m->store, &described, &why) == 0 && described.connect;
	int ret;

	if (!known && why.code && why.code != ENOTSUP)
		rdb_log_warning("the cluster is not known: %s", why.text);
	ret = known ? create(m->settings, &described, &m->cluster, err)
		    : rdb_secret_cluster(m->settings, &m->cluster, err);
	rdb_store_cluster_free(&described);
	return ret;
}
