#include "dump/dump_private.h"
#include "dump/identity.h"
#include "reql/admin.h"

#include <errno.h>

static int put_lineage(
	const struct rdb_scope *scope, const struct rdb_buf *identity, struct rdb_buf *out)
{
	int rc = rdb_buf_puts(out, "\"scope\":");

	rc = rc ? rc : rdb_scope_format(scope, out);
	rc = rc ? rc : rdb_buf_puts(out, ",\"cluster\":");
	return rc ? rc : rdb_buf_add(out, identity->data, identity->len);
}

static int put_facts(struct rdb_dump *d, struct rdb_buf *out)
{
	const char *comma = "";
	int rc = rdb_term_format(out, "{\"server\":%s", d->server);

	if (rc == 0)
		rc = rdb_buf_printf(out, ",\"started\":%lld,\"finished\":%lld,",
			(long long)d->started, (long long)time(NULL));
	if (rc == 0)
		rc = put_lineage(&d->options->scope, &d->identity, out);
	if (rc == 0 && d->config.len)
		rc = rdb_buf_puts(out, ",\"system\":");
	if (rc == 0)
		rc = rdb_buf_add(out, d->config.data, d->config.len);
	if (rc == 0)
		rc = rdb_buf_puts(out, ",\"tables\":[");
	for (size_t i = 0; i < d->plan.count && rc == 0; i++) {
		if (!d->facts[i].len)
			continue;
		rc = rdb_buf_puts(out, comma);
		if (rc == 0)
			rc = rdb_buf_add(out, d->facts[i].data, d->facts[i].len);
		comma = ",";
	}
	if (rc == 0)
		rc = rdb_buf_puts(out, "],\"databases\":[");
	for (size_t i = 0; i < d->plan.empty_count && rc == 0; i++)
		rc = rdb_term_format(out, i ? ",%s" : "%s", d->plan.empty[i]);
	return rc ? rc : rdb_buf_puts(out, "]}");
}

int rdb_dump_set_facts(struct rdb_dump *d, struct rdb_err *err)
{
	struct rdb_buf facts = {0};
	int rc = put_facts(d, &facts);

	if (rc != 0 || !rdb_buf_cstr(&facts))
		rc = rdb_err_sys(err, ENOMEM, "the archive's index");
	else
		rc = rdb_writer_facts(d->transfer.writer, facts.data, err);
	rdb_buf_free(&facts);
	return rc;
}

static int parse_lineage(const struct rdb_scope *scope, const struct rdb_buf *identity,
	struct rdb_lineage **out, struct rdb_err *err)
{
	struct rdb_buf facts = {0};
	int rc = rdb_buf_puts(&facts, "{");

	rc = rc ? rc : put_lineage(scope, identity, &facts);
	rc = rc ? rc : rdb_buf_puts(&facts, "}");
	if (rc != 0 || !rdb_buf_cstr(&facts))
		rc = rdb_err_sys(err, ENOMEM, "the cluster's identity");
	else
		rc = rdb_lineage_parse(facts.data, out, err);
	rdb_buf_free(&facts);
	return rc;
}

int rdb_dump_lineage(const struct rdb_dump_options *options, const struct rdb_cancel *cancel,
	struct rdb_lineage **out, struct rdb_err *err)
{
	struct rdb_names databases = {0};
	struct rdb_buf identity = {0};
	struct rdb_conn *conn;
	int rc = rdb_cluster_connect(options->cluster, cancel, &conn, err);

	if (rc != 0)
		return rdb_dump_as_cancelled(rc, cancel, err);
	rc = rdb_admin_databases(conn, &databases, err);
	if (rc == 0)
		rc = rdb_identity_ask(conn, &databases, &identity, err);
	if (rc == 0)
		rc = parse_lineage(&options->scope, &identity, out, err);
	rdb_conn_close(conn);
	rdb_names_free(&databases);
	rdb_buf_free(&identity);
	return rdb_dump_as_cancelled(rc, cancel, err);
}
