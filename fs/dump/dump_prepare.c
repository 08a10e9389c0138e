#include "dump/archive_size.h"
#include "dump/cluster_config.h"
#include "dump/dump_private.h"
#include "dump/identity.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int rdb_dump_make_plan(struct rdb_dump *d, struct rdb_plan *plan, struct rdb_err *err)
{
	const struct rdb_dump_options *o = d->options;
	struct rdb_conn *conn;
	int rc;

	do {
		rdb_err_clear(err);
		rc = rdb_client_conn(&d->client, &conn, err);
		if (rc == 0)
			rc = rdb_plan_make(conn, &o->scope, plan, err);
	} while (rc != 0 && rdb_client_again(&d->client, rdb_cluster_name(o->cluster), err));
	if (rc != 0)
		return -err->code;
	rdb_client_progress(&d->client);
	snprintf(d->server, sizeof(d->server), "%s", rdb_conn_server_version(conn));
	return 0;
}

static int identify(struct rdb_dump *d, struct rdb_conn *conn, struct rdb_err *err)
{
	rdb_buf_clear(&d->identity);
	return rdb_identity_ask(conn, &d->plan.databases, &d->identity, err);
}

/* Reads the cluster's users, permissions and configuration into d->config, for a backup of all
 * databases. Some failures only add a warning to the job. */
static int ask_config(struct rdb_dump *d, struct rdb_conn *conn, struct rdb_err *err)
{
	int rc = 0;

	rdb_buf_clear(&d->config);
	if (d->options->scope.only_count == 0)
		rc = rdb_cluster_config_ask(conn, &d->config, err);
	if (rc != -EACCES && rc != -EMSGSIZE && rc != -ENOENT)
		return rc;
	/* Go on without the configuration, because the tables can be restored without it. */
	rdb_job_warn(d->job, "users, permissions and table configuration are not in the backup: %s",
		err->text);
	rdb_buf_clear(&d->config);
	rdb_err_clear(err);
	return 0;
}

/* Estimates the size of the archive if the store is remote, and stores the size in d->archive_size.
 * A remote store must know the size before the upload begins. */
static void estimate_size(struct rdb_dump *d, struct rdb_conn *conn)
{
	const struct rdb_dump_options *o = d->options;

	if (o->store && !o->store->path)
		d->archive_size = rdb_archive_size(conn, &d->plan, o->mode, o->level);
}

static int estimate(struct rdb_dump *d, struct rdb_err *err)
{
	struct rdb_conn *conn;
	int rc;

	do {
		rdb_err_clear(err);
		rc = rdb_client_conn(&d->client, &conn, err);
		if (rc == 0)
			rc = rdb_plan_estimate(conn, &d->plan, err);
		if (rc == 0)
			rc = identify(d, conn, err);
		if (rc == 0)
			rc = ask_config(d, conn, err);
		if (rc == 0)
			estimate_size(d, conn);
	} while (rc != 0 &&
		 rdb_client_again(&d->client, rdb_cluster_name(d->options->cluster), err));
	return -err->code;
}

/* Warns of each exclusion that matches no database or table of the cluster. An exclusion without a
 * match is no error, because the excluded table may have been dropped. */
static void warn_of_exclusions(struct rdb_dump *d)
{
	const struct rdb_scope *scope = &d->options->scope;

	for (size_t i = 0; i < scope->except_count; i++)
		if (!d->plan.excluded[i])
			rdb_job_warn(d->job, "%s is excluded, but the cluster has no such %s",
				scope->except[i],
				strchr(scope->except[i], '.') ? "table" : "database");
}

int rdb_dump_prepare(struct rdb_dump *d, struct rdb_err *err)
{
	int rc = rdb_dump_make_plan(d, &d->plan, err);

	if (rc == 0)
		rc = estimate(d, err);
	rdb_client_close(&d->client);
	if (rc != 0)
		return rc;
	warn_of_exclusions(d);
	d->order = rdb_plan_by_size(&d->plan);
	d->facts = calloc(d->plan.count + 1, sizeof(*d->facts));
	if (!d->order || !d->facts)
		return rdb_err_sys(err, ENOMEM, "the list of tables");
	for (size_t i = 0; i < d->plan.count; i++) {
		struct rdb_plan_table *t = d->order[i];
		t->number = rdb_job_table(d->job, t->db, t->table, t->estimate);
		if (t->number < 0)
			return rdb_err_sys(err, ENOMEM, "the list of tables");
	}
	return 0;
}
