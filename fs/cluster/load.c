#include "cluster/load.h"

#include "reql/term.h"

#include <errno.h>
#include <jansson.h>

#define FEW 5.0   /* other clients' queries per second that are ignored */
#define MANY 10.0 /* other clients count as active from this value of load->level */
#define FULL (MANY + FEW)
#define QUIET_LOOKS 3        /* samples without other clients until the cluster counts as unused */
#define ANSWER_TIMEOUT 5000  /* ms to wait for an answer; a slower server is not asked again */
#define ANSWER_MAX (4 << 20) /* bytes */

void rdb_load_init(struct rdb_load *load, struct rdb_cluster *cluster, unsigned connections,
	uint64_t asked, const struct rdb_cancel *cancel)
{
	*load = (struct rdb_load){
		.cluster = cluster,
		.connections = connections,
		.cancel = cancel,
		.answer_timeout = ANSWER_TIMEOUT,
	};
	load->last.own = asked;
	atomic_init(&load->deserted, false);
}

/* ---- evaluation ---- */

/* Returns the number of other clients' queries in the last full second. */
static double others_recently(const struct rdb_load *load, const struct rdb_load_sample *sample)
{
	return sample->recently - (double)(sample->own - load->last.own);
}

static double seconds_since(const struct rdb_load *load, const struct rdb_load_sample *sample)
{
	int64_t ms = sample->at - load->last.at;

	return (double)(ms > 0 ? ms : 1) / 1000;
}

/* Returns the number of other clients' queries between the last sample and "sample". The number may
 * be too low, but never too high. */
static double others_since(const struct rdb_load *load, const struct rdb_load_sample *sample)
{
	return sample->total - load->last.total - (double)(sample->own - load->last.own) -
	       load->connections;
}

static double at_least_zero(double number)
{
	return number > 0 ? number : 0;
}

static bool first_look(struct rdb_load *load, const struct rdb_load_sample *sample)
{
	double rate = others_recently(load, sample);
	bool busy;

	/* If no documents were read or written, attribute all queries to monitoring systems,
	 * because other clients would read or write documents. */
	if (sample->documents < 1)
		load->monitors = at_least_zero(rate);
	busy = rate - load->monitors > FEW;
	load->level = busy ? FULL : 0;
	return busy;
}

static bool next_look(struct rdb_load *load, const struct rdb_load_sample *sample)
{
	double seconds = seconds_since(load, sample), queries = others_since(load, sample);
	double most = (queries + 2 * load->connections) / seconds;

	if (most < load->monitors)
		load->monitors = at_least_zero(most);
	if (sample->written > load->last.written)
		load->monitors = 0;
	load->level += queries - (load->monitors + FEW) * seconds;
	load->level = at_least_zero(load->level < FULL ? load->level : FULL);
	return load->level > MANY;
}

void rdb_load_note(struct rdb_load *load, const struct rdb_load_sample *sample)
{
	bool busy = load->known ? next_look(load, sample) : first_look(load, sample);

	/* Require QUIET_LOOKS quiet samples after a busy sample before the cluster counts as
	 * unused. After a busy first sample, require only one quiet sample, because the first
	 * sample covers only one second. */
	load->quiet = !busy ? load->quiet + 1 : load->known ? 0 : QUIET_LOOKS - 1;
	if (busy)
		atomic_store(&load->deserted, false);
	else if (!load->known || load->quiet >= QUIET_LOOKS)
		atomic_store(&load->deserted, true);
	load->last = *sample;
	load->known = true;
}

bool rdb_load_others(const struct rdb_load *load)
{
	return !atomic_load(&load->deserted);
}

/* ---- queries ---- */

static double number_of(const json_t *server, const char *key)
{
	return json_number_value(json_object_get(server, key));
}

static int add_up(const struct rdb_response *response, struct rdb_load_sample *sample)
{
	struct rdb_json_span rows = rdb_response_rows(response);
	json_t *servers = json_loadb(rows.data, rows.len, 0, NULL);
	bool useful = json_array_size(servers) > 0;
	size_t i;
	json_t *server;

	json_array_foreach(servers, i, server)
	{
		useful = useful && json_is_number(json_object_get(server, "queries_total"));
		sample->total += number_of(server, "queries_total");
		sample->recently += number_of(server, "queries_per_sec");
		sample->documents += number_of(server, "read_docs_per_sec") +
				     number_of(server, "written_docs_per_sec");
		sample->written += number_of(server, "written_docs_total");
	}
	json_decref(servers);
	return useful ? 0 : -EPROTO;
}

static int ask(struct rdb_load *load, struct rdb_load_sample *sample)
{
	struct rdb_response response = {0};
	struct rdb_buf query = {0};
	struct rdb_err err = {0};
	int ret = 0;

	if (!load->conn)
		ret = rdb_cluster_connect(load->cluster, load->cancel, &load->conn, &err);
	if (ret != 0)
		return ret;
	rdb_conn_set_answer_timeout(load->conn, load->answer_timeout);
	rdb_conn_set_max_response(load->conn, ANSWER_MAX);
	ret = rdb_query_load(&query);
	if (ret == 0)
		ret = rdb_conn_query(load->conn, query.data, query.len, &response, &err);
	if (ret == 0)
		ret = add_up(&response, sample);
	rdb_response_free(&response);
	rdb_buf_free(&query);
	sample->own = rdb_cluster_queries(load->cluster);
	sample->at = rdb_wait_now();
	return ret;
}

void rdb_load_look(struct rdb_load *load)
{
	struct rdb_load_sample sample = {0};
	int ret = load->refused ? -EACCES : ask(load, &sample);

	if (ret == 0) {
		rdb_load_note(load, &sample);
		return;
	}
	load->refused = ret == -EACCES || ret == -ENOENT || ret == -EINVAL || ret == -EOPNOTSUPP;
	load->known = false;
	load->quiet = 0;
	atomic_store(&load->deserted, false);
	rdb_load_close(load);
}

void rdb_load_close(struct rdb_load *load)
{
	rdb_conn_close(load->conn);
	load->conn = NULL;
}
