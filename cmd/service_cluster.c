#include "cmd/service_cluster.h"

#include "base/log.h"
#include "base/write_all.h"
#include "cmd/secret.h"
#include "cmd/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool is_given(const struct rdb_settings *settings, const char *name)
{
	return rdb_option_origin(name, settings) != RDB_ORIGIN_DEFAULT;
}

static bool names_cluster(const struct rdb_settings *settings)
{
	return is_given(settings, "connect") || is_given(settings, "host-name") ||
	       is_given(settings, "driver-port");
}

/* Writes the certificate to an anonymous file, and stores a path of this file in "path". Returns a
 * descriptor, or -1 after an error. The path is valid until the descriptor is closed. */
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
	if (fd >= 0)
		close(fd); /* the cluster has read the certificate */
	if (ret == 0)
		rdb_log_warning("the cluster is %s%s, as the service describes the deployment; -c "
				"names another one",
			rdb_cluster_name(*out), fd >= 0 ? ", with the service's certificate" : "");
	return ret;
}

int rdb_command_service_cluster(const struct rdb_settings *settings, struct rdb_store *store,
	struct rdb_cluster **out, struct rdb_err *err)
{
	struct rdb_store_cluster described = {0};
	struct rdb_err why = {0};
	int ret;

	if (names_cluster(settings) || rdb_store_cluster(store, &described, &why) != 0 ||
		!described.connect) {
		if (why.code && why.code != ENOTSUP)
			rdb_log_warning("the cluster is not known: %s", why.text);
		rdb_store_cluster_free(&described);
		return rdb_secret_cluster(settings, out, err);
	}
	ret = create(settings, &described, out, err);
	rdb_store_cluster_free(&described);
	return ret;
}
