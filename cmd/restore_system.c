#include "cmd/restore_system.h"

#include "base/log.h"
#include "cmd/lines.h"
#include "cmd/secret.h"
#include "cmd/settings.h"
#include "restore/table_config.h"
#include "restore/users.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

static bool is_wanted(const struct rdb_restore_system *s)
{
	return s->settings->users || s->settings->table_config;
}

/* ---- lines ---- */

static void say(void *arg, const char *line)
{
	(void)arg;
	rdb_lines_print(stdout, "%s", line);
}

static void warn(void *arg, const char *line)
{
	struct rdb_restore_system *s = arg;

	s->warnings++;
	if (rdb_log_is_json())
		rdb_log_warning("%s", line);
	else
		rdb_lines_print(stderr, "rdbfs: warning: %s", line);
}

/* ---- before ---- */

int rdb_restore_system_init(
	struct rdb_restore_system *s, const struct rdb_settings *settings, struct rdb_err *err)
{
	*s = (struct rdb_restore_system){.settings = settings};
	if (settings->user_passwords && !settings->users)
		return rdb_err_set(err, EINVAL, "--user-passwords is for --users");
	if (settings->no_tables && !is_wanted(s))
		return rdb_err_set(err, EINVAL,
			"--no-tables leaves nothing to do without --users or --table-config");
	return settings->user_passwords
		       ? rdb_secret_users(settings->user_passwords, &s->passwords, err)
		       : 0;
}

static struct rdb_users_options users_options(const struct rdb_restore_system *s)
{
	return (struct rdb_users_options){.force = s->settings->force, .passwords = s->passwords};
}

int rdb_restore_system_prepare(struct rdb_restore_system *s,
	const struct rdb_restore_options *options, struct rdb_job *job, struct rdb_err *err)
{
	const struct rdb_users_options users = users_options(s);
	int ret;

	if (!is_wanted(s))
		return 0;
	s->client = (struct rdb_client){
		.cluster = options->cluster,
		.back_off = {.cancel = rdb_job_cancel_object(job),
			.ms = rdb_back_off_ms(rdb_settings_patience(s->settings))},
	};
	s->system = (struct rdb_system){
		.client = &s->client,
		.scope = {options->names, options->name_count, options->except,
			options->except_count},
		.as = options->as,
		.dry_run = options->dry_run,
		.say = s->settings->quiet && !options->dry_run ? NULL : say,
		.warn = warn,
		.arg = s,
	};
	ret = rdb_system_read(&s->system, options->archive, err);
	if (ret == 0 && s->settings->users)
		ret = rdb_users_prepare(&s->system, &users, &s->users, err);
	if (ret == 0 && s->settings->table_config)
		ret = rdb_table_config_prepare(&s->system, err);
	return ret;
}

/* ---- restoring ---- */

/* Prints which users received a random password, even with --quiet, because these users cannot log
 * in until a new password is set. */
static void sum_up_users(const struct rdb_restore_system *s, struct rdb_users_outcome *outcome)
{
	bool quiet = s->settings->quiet;
	const char *names =
		outcome->need_password.len ? rdb_buf_cstr(&outcome->need_password) : NULL;

	if (names)
		rdb_lines_print(quiet ? stderr : stdout,
			"%susers %s: %s a random password that nobody knows; name theirs with "
			"--user-passwords, or set it with "
			"r.db(\"rethinkdb\").table(\"users\").get(USER).update({password: "
			"PASSWORD})",
			quiet ? "rdbfs: " : "", names,
			s->system.dry_run ? "would have" : "they have");
	rdb_buf_free(&outcome->need_password);
}

static int restore_users(struct rdb_restore_system *s, struct rdb_err *err)
{
	const struct rdb_users_options options = users_options(s);
	struct rdb_users_outcome outcome = {0};
	int ret = rdb_users_restore(&s->system, &options, s->users, &outcome, err);

	if (ret == 0 && outcome.users == 0)
		rdb_system_say(&s->system, "the backup has no users beside admin");
	sum_up_users(s, &outcome);
	return ret;
}

static int restore_table_config(struct rdb_restore_system *s, struct rdb_err *err)
{
	size_t differing;
	int ret = rdb_table_config_restore(
		&s->system, s->settings->shards || s->settings->replicas, &differing, err);

	if (ret == 0 && differing == 0)
		rdb_system_say(&s->system, "all tables are configured as in the backup");
	return ret;
}

/* Lets SIGINT, SIGTERM and SIGHUP end the program, because the thread that handled these signals
 * has ended. If a signal ends the program, changes already made in the cluster remain. */
static void let_signals_end_it(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
}

int rdb_restore_system_run(struct rdb_restore_system *s, struct rdb_err *err)
{
	int ret;

	if (!is_wanted(s))
		return 0;
	let_signals_end_it();
	ret = s->settings->table_config ? restore_table_config(s, err) : 0;
	if (ret == 0 && s->settings->users)
		ret = restore_users(s, err);
	return ret;
}

void rdb_restore_system_close(struct rdb_restore_system *s)
{
	rdb_system_free(&s->system);
	rdb_client_close(&s->client);
	json_decref(s->passwords);
	json_decref(s->users);
	s->passwords = s->users = NULL;
}
