#include "compose/store_kind.h"
#include "restore/restore.h"
#include "restore/sync_restore.h"

#include "base/printable.h"
#include "cmd/backup_argument.h"
#include "cmd/command.h"
#include "cmd/lines.h"
#include "cmd/paths.h"
#include "cmd/progress.h"
#include "cmd/restore_system.h"
#include "cmd/secret.h"
#include "cmd/settings.h"
#include "cmd/target.h"
#include "io/scratch.h"
#include "io/write_all.h"
#include "job/scope.h"
#include "staging/leftover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CACHE (UINT64_C(64) << 20) /* bytes */

struct restoring {
	const struct rdb_settings *settings;
	struct rdb_target target;
	struct rdb_restore_options options;
	struct rdb_archive_env *env;
	struct rdb_restore_outcome outcome;
	struct rdb_restore_system system;
	struct rdb_job *job;
	char *state; /* folder from rdb_path_state(); NULL if there is none */
};

/* ---- input ---- */

static int copy_all(int from, int to, char *buf, size_t size, struct rdb_err *err)
{
	ssize_t len;
	int rc = 0;

	while (rc == 0 && (len = read(from, buf, size)) != 0) {
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return rdb_err_sys(err, errno, "standard input");
		rc = rdb_write_all(to, buf, (size_t)len);
	}
	return rc ? rdb_err_sys(err, -rc, "a file for standard input (--temp-dir)") : 0;
}

/* Copies standard input to a temporary file, because a restore reads the archive twice. Returns the
 * file's descriptor, or a negative errno. */
static int copy_input(const char *dir, struct rdb_err *err)
{
	const size_t size = 1 << 20;
	char *buf = malloc(size);
	int fd, rc;

	if (!buf)
		return rdb_err_sys(err, ENOMEM, "standard input");
	fd = rdb_scratch_open(dir, err);
	rc = fd < 0 ? fd : copy_all(STDIN_FILENO, fd, buf, size, err);
	free(buf);
	if (rc == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return rc;
}

static int open_input(const struct restoring *r, struct rdb_err *err)
{
	struct stat st;

	if (fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode))
		return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	return copy_input(r->settings->temp_dir, err);
}

static int open_archive(struct restoring *r, struct rdb_err *err)
{
	int fd;

	if (strcmp(r->target.path, "-") != 0)
		return rdb_backup_argument_file(
			r->settings, r->env, r->target.path, &r->options.archive, err);
	fd = open_input(r, err);
	if (fd < 0)
		return fd;
	return rdb_archive_open_fd(r->env, fd, r->target.path, &r->options.archive, err);
}

/* ---- running ---- */

static void say(void *arg, const char *line)
{
	(void)arg;
	rdb_lines_print(stdout, "%s", line);
}

/* Replaces the text of *err with a summary of the restore's failures, because each failure was
 * already reported separately. Does nothing if no failure was reported, or if the restore was
 * cancelled. */
static void sum_up(const struct restoring *r, struct rdb_err *err)
{
	struct rdb_job_facts facts;

	rdb_job_facts(r->job, &facts);
	if (!r->outcome.failures || err->code == ECANCELED)
		return;
	if (facts.tables_failed)
		rdb_err_set(err, err->code, "%zu of %zu tables %s not restored",
			facts.tables_failed, facts.tables,
			facts.tables_failed == 1 ? "was" : "were");
	else
		rdb_err_set(err, err->code, "not all databases were made");
}

/* Creates an empty list of incomplete tables that the restore must drop. Without a usable state
 * folder, the list exists only in memory. */
static int create_leftovers(struct restoring *r, struct rdb_err *err)
{
	char *dir = r->state ? rdb_path_restoring(r->state) : NULL;
	int rc = rdb_leftovers_create(r->options.cluster, dir, &r->options.policy.leftovers, err);

	if (rc != 0 && dir)
		rc = rdb_leftovers_create(
			r->options.cluster, NULL, &r->options.policy.leftovers, err);
	free(dir);
	return rc;
}

static int print_result(const struct restoring *r, struct rdb_err *err)
{
	struct rdb_buf details = {0};
	const char *text = NULL;
	int rc = 0;

	if (r->options.policy.existing == RDB_EXISTING_SYNC) {
		rc = rdb_sync_describe(&r->outcome.synced, false, &details);
		text = rdb_buf_cstr(&details);
	}
	if (rc == 0) {
		rdb_progress_result(r->job, text);
		printf("%s\n", rdb_cluster_name(r->options.cluster));
	}
	rdb_buf_free(&details);
	return rc ? rdb_err_sys(err, -rc, "the result") : 0;
}

static int run_job(struct restoring *r, struct rdb_err *err)
{
	struct rdb_progress *progress;
	int rc = rdb_progress_start(r->job, r->settings, false, &progress, err);

	if (rc != 0)
		return rc;
	rdb_progress_log(r->settings);
	rc = create_leftovers(r, err);
	if (rc == 0) {
		rdb_leftovers_sweep(r->options.policy.leftovers);
		rc = open_archive(r, err);
	}
	if (rc == 0)
		rc = rdb_restore_system_prepare(&r->system, &r->options, r->job, err);
	if (rc == 0 && !r->settings->no_tables)
		rc = rdb_restore_run(&r->options, r->job, err);
	else
		rdb_job_end(r->job, rc ? err : NULL);
	rdb_archive_unref(r->options.archive);
	rdb_leftovers_destroy(r->options.policy.leftovers);
	rdb_progress_stop(progress);
	if (rc != 0)
		sum_up(r, err);
	if (rc == 0)
		rc = rdb_restore_system_run(&r->system, err);
	if (rc == 0 && !r->settings->quiet && !r->options.dry_run && !r->settings->no_tables)
		rc = print_result(r, err);
	return rc;
}

static int restore(struct restoring *r, struct rdb_err *err)
{
	const struct rdb_archive_env_options env = {.cache_size = CACHE, .index_dir = NULL};
	struct rdb_job_facts facts;
	int rc = rdb_secret_cluster(r->settings, &r->options.cluster, err);

	if (rc != 0)
		return rc;
	rc = rdb_archive_env_create(&env, &r->env, err);
	if (rc == 0) {
		rc = rdb_job_create(RDB_JOB_RESTORE, r->target.path, &r->job);
		rc = rc ? rdb_err_sys(err, -rc, "the restore") : run_job(r, err);
		if (rc == 0) {
			rdb_job_facts(r->job, &facts);
			rc = facts.warnings || r->system.warnings ? 1 : 0;
		}
		rdb_restore_system_close(&r->system);
		rdb_job_unref(r->job);
		rdb_archive_env_destroy(r->env);
	}
	rdb_cluster_free(r->options.cluster);
	return rc;
}

/* ---- options ---- */

/* Returns true if --existing is given on the command line or in the environment. Ignores the value
 * in the configuration file, because this value applies only to mounts. */
static bool says_existing(const struct rdb_settings *s)
{
	return rdb_option_origin("existing", s) >= RDB_ORIGIN_ENVIRONMENT;
}

static enum rdb_existing existing_of(const struct rdb_settings *s)
{
	if (s->force)
		return RDB_EXISTING_MERGE;
	if (s->replace)
		return RDB_EXISTING_REPLACE;
	return says_existing(s) ? (enum rdb_existing)s->existing : RDB_EXISTING_REFUSE;
}

static int check_options(const struct rdb_settings *s, struct rdb_err *err)
{
	if (s->force && s->replace)
		return rdb_err_set(err, EINVAL, "--force and --replace exclude each other");
	if ((s->force || s->replace) && says_existing(s))
		return rdb_err_set(err, EINVAL, "%s and --existing exclude each other",
			s->force ? "--force" : "--replace");
	if (s->keep_extra && existing_of(s) != RDB_EXISTING_SYNC)
		return rdb_err_set(err, EINVAL, "--keep-extra belongs to --existing sync");
	return rdb_scope_check(
		&(struct rdb_scope){(const char *const *)s->import.items, s->import.count,
			(const char *const *)s->exclude.items, s->exclude.count},
		err);
}

struct rdb_restore_policy rdb_command_restore_policy(
	const struct rdb_settings *s, const char *state_dir)
{
	return (struct rdb_restore_policy){
		.keep_extra = s->keep_extra,
		.shards = (int)s->shards,
		.replicas = (int)s->replicas,
		.clients = (unsigned)s->clients,
		.patience = rdb_settings_patience(s),
		.hard_durability = s->hard_durability,
		.no_indexes = s->no_secondary_indexes,
		.delimiter = s->delimiter,
		.spool_dir = s->temp_dir,
		.state_dir = state_dir,
	};
}

static void set_options(struct restoring *r)
{
	const struct rdb_settings *s = r->settings;

	r->options = (struct rdb_restore_options){
		.names = r->target.name ? (const char *const *)&r->target.name
					: (const char *const *)s->import.items,
		.name_count = r->target.name ? 1 : s->import.count,
		.except = (const char *const *)s->exclude.items,
		.except_count = s->exclude.count,
		.as = s->as,
		.policy = rdb_command_restore_policy(s, r->state),
		.dry_run = s->dry_run,
		.outcome = &r->outcome,
		.say = s->quiet && !s->dry_run ? NULL : say,
	};
	r->options.policy.existing = existing_of(s);
}

static int choose_target(struct restoring *r, struct rdb_err *err)
{
	const char *path = r->settings->args.items[0];
	int rc;

	if (rdb_store_is_remote(path)) {
		r->target.path = strdup(path);
		return r->target.path ? 0 : rdb_err_sys(err, ENOMEM, "%s", path);
	}
	rc = rdb_target_find(path, &r->target, err);
	if (rc == 0 && r->target.many.count)
		rc = rdb_err_set(err, EINVAL,
			"%s is a folder of %zu backup%s: name one of them, as %s", path,
			r->target.many.count, rdb_plural(r->target.many.count),
			r->target.many.items[r->target.many.count - 1]);
	if (rc == 0 && r->target.name && r->settings->import.count)
		rc = rdb_err_set(err, EINVAL,
			"%s is %s of a backup, and -i names something else: leave out one of them",
			path, r->target.name);
	return rc;
}

static void note_unneeded(const struct rdb_settings *s)
{
	if (s->quiet)
		return;
	if (s->writers_per_table)
		fputs("rdbfs: --writers-per-table is not needed: --clients connections write to "
		      "all tables\n",
			stderr);
	if (s->batch_size)
		fputs("rdbfs: --batch-size is not needed: batches are sized by their bytes\n",
			stderr);
}

int rdb_command_restore(const struct rdb_settings *settings, struct rdb_err *err)
{
	struct restoring r = {.settings = settings};
	int rc = check_options(settings, err);

	if (rc == 0)
		rc = choose_target(&r, err);
	if (rc == 0)
		rc = rdb_restore_system_init(&r.system, settings, err);
	if (rc != 0) {
		rdb_target_free(&r.target);
		return rc == -EINVAL ? RDB_EXIT_USAGE : RDB_EXIT_FAILED;
	}
	r.state = rdb_path_state(NULL);
	note_unneeded(settings);
	set_options(&r);
	rc = restore(&r, err);
	rdb_restore_system_close(&r.system);
	free(r.state);
	rdb_target_free(&r.target);
	return rc == 0 ? RDB_EXIT_OK : rc > 0 ? RDB_EXIT_WARNED : RDB_EXIT_FAILED;
}
