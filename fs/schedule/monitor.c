#include "schedule/monitor.h"

#include "base/cancel.h"
#include "base/formatted.h"
#include "base/log.h"
#include "http/http.h"
#include "schedule/metrics.h"
#include "schedule/schedule.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TIMEOUT 10000 /* ms for one request */
#define PATIENCE 5000 /* ms during which a failing request is repeated */

struct rdb_monitor {
	struct rdb_metrics *metrics; /* may be NULL */
	struct rdb_http *http;       /* may be NULL */
	char *ping;
	struct rdb_cancel stop;
};

/* Returns true if "url" begins with http:// or https:// and contains a host. A user and a password
 * may stand before the host. */
static bool is_address(const char *url)
{
	const char *host = strncasecmp(url, "https://", 8) == 0  ? url + 8
			   : strncasecmp(url, "http://", 7) == 0 ? url + 7
								 : "";
	size_t len = strcspn(host, "/?#");
	const char *user_end = memrchr(host, '@', len);

	if (user_end) {
		len -= (size_t)(user_end + 1 - host);
		host = user_end + 1;
	}
	return len > 0 && *host != ':';
}

int rdb_monitor_create(
	const struct rdb_monitor_options *options, struct rdb_monitor **out, struct rdb_err *err)
{
	const struct rdb_http_options http = {.ca_file = options->ca_file};
	struct rdb_monitor *monitor = calloc(1, sizeof(*monitor));
	int ret = monitor ? 0 : rdb_err_sys(err, ENOMEM, "monitoring");

	if (ret != 0)
		return ret;
	ret = rdb_cancel_init(&monitor->stop);
	if (ret != 0) {
		free(monitor);
		return rdb_err_sys(err, -ret, "monitoring");
	}
	if (options->ping && !is_address(options->ping))
		ret = rdb_err_set(err, EINVAL,
			"ping: an address begins with https:// or http://, and a host follows");
	if (ret == 0 && options->metrics && rdb_metrics_create(options->metrics, &monitor->metrics))
		ret = rdb_err_sys(err, ENOMEM, "monitoring");
	if (ret == 0 && options->ping && !(monitor->ping = strdup(options->ping)))
		ret = rdb_err_sys(err, ENOMEM, "monitoring");
	if (ret == 0 && options->ping)
		ret = rdb_http_create(&http, &monitor->http, err);
	if (ret != 0)
		rdb_monitor_destroy(monitor);
	else
		*out = monitor;
	return ret;
}

void rdb_monitor_destroy(struct rdb_monitor *monitor)
{
	if (!monitor)
		return;
	rdb_metrics_destroy(monitor->metrics);
	rdb_http_destroy(monitor->http);
	rdb_cancel_destroy(&monitor->stop);
	free(monitor->ping);
	free(monitor);
}

void rdb_monitor_stop(struct rdb_monitor *monitor)
{
	if (monitor)
		rdb_cancel_fire(&monitor->stop);
}

/* ---- requesting the URL ---- */

/* Returns a copy of the URL in which "end", for example /fail, is added to the path. A query of the
 * URL stays after the path. The caller frees the copy. Returns NULL if memory is exhausted. */
static char *address(const char *url, const char *end)
{
	int path = (int)strcspn(url, "?#");
	int slash = path > 0 && url[path - 1] == '/' && *end;

	return rdb_formatted("%.*s%s%s", path - slash, url, end, url + path);
}

/* Requests the ping URL after appending the text of the parameter "end", such as "/fail", to the
 * URL's path. Logs an error of this request. The URL is secret, so log messages contain only the
 * host. */
static void ping(struct rdb_monitor *monitor, const char *end)
{
	struct rdb_http_response response = {0};
	struct rdb_err err = {0};
	char *url;

	if (!monitor->http)
		return;
	url = address(monitor->ping, end);
	if (url) {
		const struct rdb_http_request request = {.url = url,
			.timeout = TIMEOUT,
			.patience = PATIENCE,
			.cancel = &monitor->stop};
		(void)rdb_http_call(monitor->http, &request, &response, &err);
	} else {
		rdb_err_sys(&err, ENOMEM, "no memory");
	}
	if (err.code && err.code != ECANCELED)
		rdb_log_warning("the ping failed (--ping): %s", err.text);
	rdb_http_response_free(&response);
	free(url);
}

static void write_metrics(struct rdb_monitor *monitor)
{
	struct rdb_err err = {0};

	if (monitor->metrics && rdb_metrics_write(monitor->metrics, &err) != 0)
		rdb_log_warning("the metrics can't be written (--metrics): %s", err.text);
}

/* ---- events ---- */

void rdb_monitor_begin(struct rdb_monitor *monitor, const char *type)
{
	if (!monitor)
		return;
	if (monitor->metrics)
		rdb_metrics_attempt(monitor->metrics, type, time(NULL));
	write_metrics(monitor);
	ping(monitor, "/start");
}

void rdb_monitor_end(
	struct rdb_monitor *monitor, const char *type, struct rdb_job *job, uint64_t size)
{
	struct rdb_job_facts facts;
	struct rdb_metrics_backup backup;

	if (!monitor)
		return;
	rdb_job_facts(job, &facts);
	backup = (struct rdb_metrics_backup){.ended = facts.ended,
		.seconds = facts.seconds,
		.size = size,
		.documents = facts.documents};
	if (monitor->metrics && facts.state == RDB_JOB_DONE)
		rdb_metrics_success(monitor->metrics, type, &backup);
	write_metrics(monitor);
	ping(monitor, facts.state == RDB_JOB_DONE ? "" : "/fail");
}

void rdb_monitor_restored(struct rdb_monitor *monitor, struct rdb_job *job)
{
	struct rdb_job_facts facts;

	if (!monitor || !monitor->metrics)
		return;
	rdb_job_facts(job, &facts);
	rdb_metrics_restore(monitor->metrics, rdb_job_state_name(facts.state));
	write_metrics(monitor);
}

static const char *label_of(enum rdb_archive_state state)
{
	if (rdb_archive_state_is_damaged(state))
		return "damaged";
	return state == RDB_ARCHIVE_UNREACHABLE ? "unreachable" : "good";
}

/* Records the time of a good backup in the metrics, as the last success of the backup's type.
 * Ignores the backup if it is older than the recorded success, or if its time is in the future. */
static void note_good(struct rdb_monitor *monitor, struct rdb_types *types,
	const struct rdb_entry *entry, const char *type)
{
	time_t last = rdb_metrics_last_success(monitor->metrics, type);
	struct rdb_types_lineage lineage;
	time_t taken;

	/* Do not read the archive if the time in the file name already shows that the backup is
	 * older than the recorded success. */
	if (entry->dated && entry->taken <= last - RDB_AGE_ZONES)
		return;
	(void)rdb_types_lineage(types, entry, &lineage, NULL);
	taken = rdb_types_taken(types, entry);
	if (taken <= time(NULL) + RDB_SCHEDULE_FUTURE)
		rdb_metrics_seen(monitor->metrics, type, taken);
}

void rdb_monitor_count(struct rdb_monitor *monitor, struct rdb_store *store,
	struct rdb_types *types, rdb_retention_state state, void *arg)
{
	const struct rdb_listing *listing;
	char type[RDB_TYPE_MAX];

	if (!monitor || !monitor->metrics || rdb_store_list(store, &listing, NULL) != 0)
		return;
	rdb_metrics_count_none(monitor->metrics);
	/* Count from the end of the listing. The listing is sorted by name, so the last of the
	 * names that contain a time has the latest time. Once note_good() has recorded the backup
	 * with this name, note_good() need not read the archives of much older backups. */
	for (size_t i = listing->count; i-- > 0;) {
		const struct rdb_entry *entry = listing->entries[i];
		enum rdb_archive_state known = state ? state(arg, entry) : RDB_ARCHIVE_UNVERIFIED;
		rdb_types_get(types, entry, type);
		rdb_metrics_count(monitor->metrics, label_of(known), type);
		if (!rdb_archive_state_is_damaged(known) && strcmp(type, RDB_TYPE_IMPORTED) != 0)
			note_good(monitor, types, entry, type);
	}
	rdb_listing_unref(listing);
	write_metrics(monitor);
}
