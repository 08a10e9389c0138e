#include "cmd/progress.h"

#include "base/log.h"
#include "base/printable.h"
#include "base/wait.h"
#include "cmd/bar.h"
#include "cmd/settings.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS 200
#define LINE_SECONDS 10 /* seconds between two lines without a terminal */
#define JSON_SECONDS 1  /* seconds between two lines of --progress json */
#define WEIGHT 0.05     /* weight of the newest value in the average rate */
#define SAME_MS 1000    /* signals within this time after the first are one demand */

enum look {
	SILENT, /* only warnings */
	BAR,
	LINES, /* a line at intervals */
	/* JSON objects, one per line. Each warning is an object with the single key "warning". */
	JSON,
};

struct rdb_progress {
	struct rdb_job *job;
	pthread_t thread;
	atomic_bool stop;
	sigset_t signals;    /* signals to handle; SIGUSR1 wakes the thread */
	int64_t interrupted; /* rdb_wait_now() after the first signal was handled; 0: none */
	enum look look;
	unsigned drawn; /* columns of the bar on the terminal; 0 if no bar is drawn */
	size_t warnings;
	double rate;      /* recent bytes per second */
	uint64_t bytes;   /* bytes at the previous sample */
	double seconds;   /* time of the previous sample in seconds */
	double last_line; /* time of the last line in seconds */
};

/* ---- text ---- */

static void clear_bar(struct rdb_progress *p)
{
	if (rdb_bar_width(STDERR_FILENO, 80) < p->drawn)
		fputs("\n", stderr);
	else if (p->drawn)
		fputs("\r\033[K", stderr);
	p->drawn = 0;
}

/* Prints the object as JSON, and frees the object. If json_pack() could not create the object, for
 * example from text that is not UTF-8, "object" is NULL, and the function prints nothing. */
static void print_json(json_t *object)
{
	char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;

	if (text)
		fprintf(stderr, "%s\n", text);
	free(text);
	json_decref(object);
}

static void show_warnings(struct rdb_progress *p)
{
	char text[RDB_ERR_TEXT];

	while (rdb_job_warning(p->job, p->warnings, text) == 0) {
		p->warnings++;
		/* If the log is written as JSON, do not print the warning here. The log then goes
		 * to standard error, and rdb_job_warn() has already written the warning to the log.
		 */
		if (rdb_log_is_json())
			continue;
		clear_bar(p);
		if (p->look == JSON)
			print_json(json_pack("{s:s}", "warning", text));
		else
			fprintf(stderr, "rdbfs: warning: %s\n", text);
	}
}

static void make_label(struct rdb_progress *p, const struct rdb_job_facts *facts, char label[300])
{
	struct rdb_job_table_facts table;
	unsigned more = 0;

	snprintf(label, 300, "%s", facts->phase);
	for (int i = 0; rdb_job_table_facts(p->job, i, &table) == 0; i++) {
		if (table.state != RDB_JOB_RUNNING)
			continue;
		if (more++ == 0)
			snprintf(label, 300, "%s", table.name);
	}
	if (more > 1)
		snprintf(label + strlen(label), 300 - strlen(label), " + %u", more - 1);
}

static void measure(struct rdb_progress *p, const struct rdb_job_facts *facts)
{
	double passed = facts->seconds - p->seconds, now;

	if (passed < TICK_MS / 2000.0)
		return;
	/* Calculate a rate of 0 instead of a negative rate after the job has subtracted a failed
	 * table's bytes. */
	if (facts->bytes < p->bytes)
		p->bytes = facts->bytes;
	now = (double)(facts->bytes - p->bytes) / passed;
	p->rate = p->bytes ? p->rate + WEIGHT * (now - p->rate)
			   : (double)facts->bytes / facts->seconds;
	p->bytes = facts->bytes;
	p->seconds = facts->seconds;
}

/* ---- drawing ---- */

static void draw_bar(struct rdb_progress *p, const struct rdb_job_facts *facts)
{
	struct rdb_buf line = {0};
	char label[300];
	struct rdb_bar bar = {
		.label = label,
		.done = facts->bytes,
		.total = rdb_bar_total(facts->bytes, facts->documents, facts->documents_total),
		.rate = p->rate,
	};

	unsigned width = rdb_bar_width(STDERR_FILENO, 80) - 1;

	make_label(p, facts, label);
	if (rdb_bar_draw(&bar, width, &line) == 0 && rdb_buf_cstr(&line)) {
		clear_bar(p);
		fputs(line.data, stderr);
		p->drawn = width + 1;
	}
	rdb_buf_free(&line);
}

static void print_line(struct rdb_progress *p, const struct rdb_job_facts *facts)
{
	char bytes[32];

	if (facts->seconds - p->last_line < LINE_SECONDS)
		return;
	p->last_line = facts->seconds;
	fprintf(stderr, "rdbfs: %zu of %zu table%s, %" PRIu64 " document%s, %s\n",
		facts->tables_done - facts->tables_failed, facts->tables, rdb_plural(facts->tables),
		facts->documents, rdb_plural(facts->documents),
		rdb_bar_bytes((double)facts->bytes, bytes));
}

static void print_object(struct rdb_progress *p, const struct rdb_job_facts *facts)
{
	if (facts->state == RDB_JOB_RUNNING && facts->seconds - p->last_line < JSON_SECONDS)
		return;
	p->last_line = facts->seconds;
	print_json(json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:o, s:I, s:f, s:f, s:o}", "state",
		rdb_job_state_name(facts->state), "phase", facts->phase, "tables",
		(json_int_t)facts->tables, "tables_done", (json_int_t)facts->tables_done,
		"tables_failed", (json_int_t)facts->tables_failed, "documents",
		(json_int_t)facts->documents, "documents_total",
		facts->documents_total < 0 ? json_null()
					   : json_integer((json_int_t)facts->documents_total),
		"bytes", (json_int_t)facts->bytes, "rate", p->rate, "seconds", facts->seconds,
		"error", facts->error.code ? json_string(facts->error.text) : json_null()));
}

static void show(struct rdb_progress *p)
{
	struct rdb_job_facts facts;

	show_warnings(p);
	rdb_job_facts(p->job, &facts);
	if (facts.state != RDB_JOB_RUNNING)
		return;
	measure(p, &facts);
	if (p->look == JSON)
		print_object(p, &facts);
	else if (p->look == BAR)
		draw_bar(p, &facts);
	else if (p->look == LINES)
		print_line(p, &facts);
}

/* ---- the thread ---- */

/* Returns true if a signal now is a second request to stop. An immediate second signal does not
 * count, because timeout(1) sends two signals. */
static bool is_repeated(const struct rdb_progress *p)
{
	return p->interrupted && rdb_wait_now() - p->interrupted >= SAME_MS;
}

static void interrupted(struct rdb_progress *p, int signal)
{
	if (is_repeated(p))
		_exit(128 + signal);
	if (p->interrupted)
		return;
	rdb_job_cancel(p->job);
	clear_bar(p);
	if (p->look != JSON && !rdb_log_is_json())
		fputs("rdbfs: cancelling; once more ends it at once\n", stderr);
	p->interrupted = rdb_wait_now();
}

static void *watch(void *arg)
{
	const struct timespec tick = {0, TICK_MS * 1000000L};
	struct rdb_progress *p = arg;
	struct rdb_job_facts facts;

	while (!atomic_load(&p->stop)) {
		int signal = sigtimedwait(&p->signals, NULL, &tick);
		if (signal > 0 && signal != SIGUSR1)
			interrupted(p, signal);
		if (signal < 0)
			show(p);
	}
	show_warnings(p);
	clear_bar(p);
	if (p->look == JSON) {
		rdb_job_facts(p->job, &facts);
		print_object(p, &facts);
	}
	return NULL;
}

/* Adds the signal to the signals that the progress thread handles. Does nothing if the program was
 * started with the signal ignored, for example by nohup. */
static void handle_signal(struct rdb_progress *p, int signal)
{
	struct sigaction now;

	if (sigaction(signal, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
		sigaddset(&p->signals, signal);
}

static void block_signals(struct rdb_progress *p)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigemptyset(&p->signals);
	handle_signal(p, SIGINT);
	handle_signal(p, SIGTERM);
	handle_signal(p, SIGHUP);
	sigaddset(&p->signals, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &p->signals, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
}

static enum look choose_look(const struct rdb_settings *settings, bool to_output)
{
	if (settings->progress == 1)
		return JSON;
	if (settings->quiet || settings->progress == 2 || rdb_log_is_json())
		return SILENT;
	if (rdb_bar_fits(STDERR_FILENO))
		return BAR;
	return to_output ? SILENT : LINES;
}

void rdb_progress_log(const struct rdb_settings *settings)
{
	rdb_log_open(settings->debug || rdb_log_is_json() ? RDB_LOG_TO_STDERR : RDB_LOG_TO_NOWHERE,
		settings->debug ? RDB_LOG_DEBUG : RDB_LOG_WARNING);
}

int rdb_progress_start(struct rdb_job *job, const struct rdb_settings *settings, bool to_output,
	struct rdb_progress **out, struct rdb_err *err)
{
	struct rdb_progress *p = calloc(1, sizeof(*p));
	int rc;

	if (!p)
		return rdb_err_sys(err, ENOMEM, "progress");
	p->job = rdb_job_ref(job);
	p->look = choose_look(settings, to_output);
	block_signals(p);
	rc = pthread_create(&p->thread, NULL, watch, p);
	if (rc != 0) {
		rdb_job_unref(job);
		free(p);
		return rdb_err_sys(err, rc, "progress");
	}
	*out = p;
	return 0;
}

void rdb_progress_stop(struct rdb_progress *progress)
{
	atomic_store(&progress->stop, true);
	pthread_kill(progress->thread, SIGUSR1);
	pthread_join(progress->thread, NULL);
	rdb_job_unref(progress->job);
	free(progress);
}

void rdb_progress_result(struct rdb_job *job, const char *details)
{
	struct rdb_job_facts facts;
	size_t tables;

	rdb_job_facts(job, &facts);
	tables = facts.tables_done - facts.tables_failed;
	printf("  %" PRIu64 " document%s of %zu table%s%s%s\nDone (%.2f seconds): ",
		facts.documents, rdb_plural(facts.documents), tables, rdb_plural(tables),
		details ? ": " : "", details ? details : "", facts.seconds);
}
