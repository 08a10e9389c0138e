#include "cluster/cluster.h"

#include "base/vault.h"
#include "reql/address.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rdb_cluster {
	struct rdb_address *address; /* from rdb_vault_alloc() */
	struct rdb_tls *tls;         /* NULL: plain */
	atomic_ullong queries;
	char name[sizeof(((struct rdb_address *)0)->host) + 16];
};

/* Copies "text" to the buffer "to", or does nothing if "text" is NULL. The error for a text that is
 * too long does not quote the text, because the text may be a password. */
static int copy(char *to, size_t size, const char *text, const char *what, struct rdb_err *err)
{
	if (!text)
		return 0;
	if (strlen(text) >= size)
		return rdb_err_set(err, EINVAL, "the %s is longer than %zu bytes", what, size - 1);
	strcpy(to, text);
	return 0;
}

static int set_address(
	struct rdb_cluster *cluster, const struct rdb_cluster_options *options, struct rdb_err *err)
{
	struct rdb_address *a = cluster->address;
	int ret = rdb_address_parse(options->connect ? options->connect : "localhost", a, err);

	if (ret == 0 && options->host)
		ret = rdb_address_parse_host(options->host, a, err);
	if (ret == 0 && options->port)
		a->port = options->port;
	if (ret == 0)
		ret = copy(a->user, sizeof(a->user), options->user, "user's name", err);
	if (ret == 0)
		ret = copy(a->password, sizeof(a->password), options->password, "password", err);
	if (ret != 0)
		return ret;
	if (!a->user[0])
		strcpy(a->user, "admin");
	snprintf(cluster->name, sizeof(cluster->name), strchr(a->host, ':') ? "[%s]:%u" : "%s:%u",
		a->host, a->port);
	return 0;
}

static int set_tls(
	struct rdb_cluster *cluster, const struct rdb_cluster_options *options, struct rdb_err *err)
{
	const struct rdb_tls_options tls = {
		.trusted = options->tls_cert,
		.cert = options->tls_client_cert,
		.key = options->tls_client_key,
	};

	if (!options->tls && !tls.trusted && !tls.cert && !tls.key)
		return 0;
	if (!tls.cert != !tls.key)
		return rdb_err_set(err, EINVAL,
			"a client certificate and its key are both needed, and only the %s is "
			"given",
			tls.cert ? "certificate" : "key");
	return rdb_tls_create(&tls, &cluster->tls, err);
}

int rdb_cluster_create(
	const struct rdb_cluster_options *options, struct rdb_cluster **out, struct rdb_err *err)
{
	struct rdb_cluster *cluster = calloc(1, sizeof(*cluster));
	int ret;

	if (!cluster || !(cluster->address = rdb_vault_alloc(sizeof(*cluster->address)))) {
		free(cluster);
		return rdb_err_sys(err, ENOMEM, "cluster");
	}
	ret = set_address(cluster, options, err);
	if (ret == 0)
		ret = set_tls(cluster, options, err);
	if (ret != 0) {
		rdb_cluster_free(cluster);
		return ret;
	}
	*out = cluster;
	return 0;
}

void rdb_cluster_free(struct rdb_cluster *cluster)
{
	if (!cluster)
		return;
	if (cluster->tls)
		rdb_tls_destroy(cluster->tls);
	rdb_vault_free(cluster->address);
	free(cluster);
}

const char *rdb_cluster_name(const struct rdb_cluster *cluster)
{
	return cluster->name;
}

int rdb_cluster_connect(struct rdb_cluster *cluster, const struct rdb_cancel *cancel,
	struct rdb_conn **out, struct rdb_err *err)
{
	return rdb_cluster_connect_within(cluster, cancel, 0, out, err);
}

int rdb_cluster_connect_within(struct rdb_cluster *cluster, const struct rdb_cancel *cancel, int ms,
	struct rdb_conn **out, struct rdb_err *err)
{
	const struct rdb_conn_options options = {
		.host = cluster->address->host,
		.port = cluster->address->port,
		.user = cluster->address->user,
		.password = cluster->address->password,
		.tls = cluster->tls,
		.cancel = cancel,
		.connect_timeout = ms,
		.queries = &cluster->queries,
	};

	return rdb_conn_open(&options, out, err);
}

uint64_t rdb_cluster_queries(const struct rdb_cluster *cluster)
{
	return atomic_load(&cluster->queries);
}
