#include "compose/store_kind.h"
#include "dump/dump.h"

#include "base/log.h"
#include "cmd/command.h"
#include "cmd/keep.h"
#include "cmd/progress.h"
#include "cmd/secret.h"
#include "cmd/settings.h"
#include "cmd/store_options.h"
#include "index/embed.h"
#include "store/file_name.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* State of the dump command. The options of the dump contain pointers into this struct, so the
 * struct must exist until the dump has ended. */
struct dumping {
	const struct rdb_settings *settings;
	struct rdb_dump_options options;
	struct rdb_retention_rules rules;
	struct rdb_job *job;
	struct rdb_monitor *monitor; /* NULL without monitoring */
	uint64_t bytes;              /* bytes of the archive */
	struct rdb_stamp stamp;      /* time stamp in the default name of the archive */
	char name[RDB_STAMP_NAME];   /* folder in an archive written to standard output */
	bool to_output;
	char *source; /* name of the store that receives the archive; NULL if none */
};

/* ---- options ---- */

/* Returns true if the descriptor is open for writing. Standard output is not open for writing if it
 * was closed at the program's start, because main() then opens /dev/null in its place for reading
 * only. */
static bool can_be_written(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

static int check_output(struct rdb_err *err)
{
	if (!can_be_written(STDOUT_FILENO))
		return rdb_err_set(err, EBADF,
			"standard output is closed, or only open for reading: -f - has nowhere to "
			"write the archive to");
	if (!isatty(STDOUT_FILENO))
		return 0;
	return rdb_err_set(err, EINVAL,
		"standard output is a terminal, and an archive is nothing for it: use -f FILE");
}

static int check_file(const char *path, bool overwrite, struct rdb_err *err)
{
	struct stat st;

	/* Ignore an error of stat(), because a missing file is allowed, and other errors are
	 * reported when the archive is created. */
	if (stat(path, &st) != 0)
		return 0;
	if (!S_ISREG(st.st_mode))
		return rdb_err_set(err, EINVAL, "%s is there and is no file", path);
	if (!overwrite)
		return rdb_err_set(err, EEXIST, "%s exists: --overwrite-file replaces it", path);
	return 0;
}

void rdb_command_dump_options(const struct rdb_settings *s, struct rdb_dump_options *out)
{
	rdb_dump_options_init(out);
	out->level = (int)s->compression;
	out->clients = (unsigned)s->clients;
	out->mode = s->read_outdated ? RDB_READ_OUTDATED : RDB_READ_SINGLE;
	out->full_speed = s->full_speed;
	out->max_rate = s->max_rate;
	out->patience = (unsigned)s->patience;
	out->count = s->count;
	out->scope.except = (const char *const *)s->exclude.items;
	out->scope.except_count = s->exclude.count;
}

static int check_suffix(const char *file, struct rdb_err *err)
{
	static const char *const others[] = {".zip", ".7z", ".rar", ".tar", ".zst", ".tzst", ".xz",
		".txz", ".bz2", ".tbz2", ".tbz", ".lz4", ".json", ".csv", ".sql"};
	const char *dot = strrchr(file, '.');
	int stem = dot ? (int)(dot - file) : 0;

	if (stem > 4 && strncasecmp(dot - 4, ".tar", 4) == 0)
		stem -= 4;
	for (size_t i = 0; dot && i < sizeof(others) / sizeof(others[0]); i++)
		if (strcasecmp(dot, others[i]) == 0)
			return rdb_err_set(err, EINVAL,
				"%s: the archive is a tar with gzip, whatever its name says: call "
				"it %.*s.tar.gz",
				file, stem, file);
	return 0;
}

/* Returns true if the argument of -f ends with "/". The argument then names a store. */
static bool is_folder(const char *file)
{
	size_t len = file ? strlen(file) : 0;

	return len && file[len - 1] == '/';
}

/* Checks that the object name at the end of the address has an archive's extension, such as
 * .tar.gz. rdbfs lists no other objects as backups. Returns 0 or -EINVAL. */
static int check_address(const char *address, struct rdb_err *err)
{
	const char *bucket = strstr(address, "://") + 3;
	const char *slash = strrchr(bucket, '/'); /* NULL if the address is SCHEME://BUCKET */
	size_t base;

	if (rdb_store_is_service(address))
		return 0; /* such a store refuses new backups, whatever their names are */
	if (slash && rdb_name_is_archive(slash + 1, &base))
		return 0;
	return rdb_err_set(err, EINVAL,
		"%s is no archive: write %s/ to dump to a new name in this %s, or %s%s", address,
		address, slash ? "folder" : "bucket", address,
		slash ? ".tar.gz to choose the name" : "/NAME.tar.gz");
}

static int choose_target(struct dumping *d, struct rdb_err *err)
{
	const struct rdb_settings *s = d->settings;
	struct rdb_dump_options *o = &d->options;

	if (d->to_output) {
		rdb_stamp_name(time(NULL), d->name);
		o->fd = STDOUT_FILENO;
		o->top = d->name;
		return check_output(err);
	}
	if (s->file && !is_folder(s->file)) {
		int rc = check_suffix(s->file, err);

		o->overwrite = s->overwrite_file;
		if (rc != 0)
			return rc;
		return rdb_store_is_remote(s->file) ? check_address(s->file, err)
						    : check_file(s->file, o->overwrite, err);
	}
	d->stamp = (struct rdb_stamp){.at = time(NULL)};
	rdb_stamp_next(&d->stamp);
	o->stamp = &d->stamp;
	return 0;
}

static const char *target(const struct dumping *d)
{
	const char *file = d->settings->file;

	return file && !is_folder(file) ? file : d->stamp.file;
}

static int split_target(struct dumping *d, struct rdb_err *err)
{
	if (!is_folder(d->settings->file))
		return rdb_store_split(target(d), &d->source, &d->options.file, err);
	d->source = strdup(d->settings->file);
	return d->source ? 0 : rdb_err_sys(err, ENOMEM, "%s", d->settings->file);
}

/* Opens the store for the new archive, unless the archive is written to standard output. Does not
 * list the store, because the user may be allowed to write but not to read. */
static int open_store(struct dumping *d, struct rdb_err *err)
{
	const struct rdb_store_options with = {.create_only = true};
	int rc;

	if (d->to_output)
		return 0;
	rc = split_target(d, err);
	if (rc != 0)
		return rc;
	if (d->options.stamp)
		d->options.file = d->stamp.file;
	return rdb_command_store_open(d->settings, d->source, &with, &d->options.store, err);
}

static int set_options(struct dumping *d, struct rdb_err *err)
{
	const struct rdb_settings *s = d->settings;
	struct rdb_dump_options *o = &d->options;

	rdb_command_dump_options(s, o);
	d->to_output = s->file && strcmp(s->file, "-") == 0;
	o->scope.only = (const char *const *)s->export.items;
	o->scope.only_count = s->export.count;
	o->spool = s->temp_dir;
	o->type = s->type;
	o->archive_bytes = &d->bytes;
	if (s->type && !rdb_embed_type_valid(s->type))
		return rdb_err_set(err, EINVAL,
			"\"%s\" is not a type of backup: --type takes up to %d small letters, "
			"digits and \"-\", for example weekly",
			s->type, RDB_EMBED_TYPE_MAX - 1);
	return choose_target(d, err);
}

static void warn_of_rules(const struct rdb_retention_rules *rules, const char *type)
{
	if (rdb_retention_has_rules(rules) && !rdb_retention_has_rule(rules, type))
		rdb_log_warning(
			"the backup is of the type %s, and none of the keep- options given is "
			"about these: such backups are never removed; --keep-on-demand is about "
			"those without --type, the others about the types hourly, daily, weekly "
			"and monthly",
			type);
}

static const char *type_of(const struct dumping *d)
{
	return d->options.type ? d->options.type : RDB_TYPE_ON_DEMAND;
}

/* Sets the retention rules d->rules from the command line and the environment. Ignores the
 * configuration file's rules, because those rules apply to the folder that rdbfs mounts. */
static int set_rules(struct dumping *d, struct rdb_err *err)
{
	int rc = 0;

	rdb_keep_rules(d->settings, false, RDB_ORIGIN_ENVIRONMENT, &d->rules);
	if (d->to_output && rdb_retention_has_rules(&d->rules))
		rc = rdb_err_set(err, EINVAL,
			"the keep- options are about the folder that the archive is written to, "
			"and -f - has none");
	if (rc == 0)
		warn_of_rules(&d->rules, type_of(d));
	return rc;
}

/* ---- the end ---- */

static int remove_old(struct dumping *d, struct rdb_err *err)
{
	struct rdb_types *types = NULL;
	struct rdb_store *store;
	int ret;

	if (!rdb_retention_has_rules(&d->rules))
		return 0;
	ret = rdb_command_store_open(d->settings, d->source, NULL, &store, err);
	if (ret != 0)
		return ret;
	ret = rdb_types_create(store, &types);
	if (ret != 0)
		rdb_err_sys(err, -ret, "retention");
	else
		ret = rdb_retention_apply(
			store, types, &d->rules, d->options.file, time(NULL), NULL, NULL, err);
	rdb_types_destroy(types);
	rdb_store_close(store);
	return ret < 0 ? ret : 0;
}

static void print_end(const struct dumping *d)
{
	const struct rdb_store *store = d->options.store;
	char *folder = store->path ? realpath(store->path, NULL) : NULL;
	const char *where = folder ? folder : store->where;

	rdb_progress_result(d->job, NULL);
	printf("%s%s%s\n", where, rdb_store_separator(where), d->options.file);
	free(folder);
}

int rdb_command_monitor(
	const struct rdb_settings *settings, struct rdb_monitor **out, struct rdb_err *err)
{
	const struct rdb_monitor_options options = {
		.metrics = settings->metrics,
		.ping = settings->ping,
		.ca_file = settings->ca_file,
	};

	*out = NULL;
	return settings->metrics || settings->ping ? rdb_monitor_create(&options, out, err) : 0;
}

static void count_backups(struct dumping *d)
{
	struct rdb_types *types = NULL;
	struct rdb_store *store;

	if (!d->settings->metrics || d->to_output ||
		rdb_command_store_open(d->settings, d->source, NULL, &store, NULL) != 0)
		return;
	if (rdb_types_create(store, &types) == 0)
		rdb_monitor_count(d->monitor, store, types, NULL, NULL);
	rdb_types_destroy(types);
	rdb_store_close(store);
}

/* Runs the dump. Returns -EIO for an -EINVAL that the server has caused, because the caller would
 * report -EINVAL as wrong usage. */
static int run_dump(struct dumping *d, struct rdb_err *err)
{
	struct rdb_job_facts facts;
	int rc = rdb_dump_run(&d->options, d->job, err);

	rdb_job_facts(d->job, &facts);
	/* After the tables were listed, only the server can cause -EINVAL. */
	return rc == -EINVAL && facts.tables ? -EIO : rc;
}

static int run_job(struct dumping *d, struct rdb_err *err)
{
	struct rdb_progress *progress;
	int rc = rdb_progress_start(d->job, d->settings, d->to_output, &progress, err);

	if (rc != 0)
		return rc;
	rdb_monitor_begin(d->monitor, type_of(d));
	rdb_progress_log(d->settings);
	rc = rdb_dump_check(&d->options, rdb_job_cancel_object(d->job), err);
	/* Ignore a lost connection, because rdb_dump_run() tries again. */
	if (rc == -ECONNRESET) {
		rdb_err_clear(err);
		rc = 0;
	}
	if (rc == 0)
		rc = run_dump(d, err);
	rdb_progress_stop(progress);
	rdb_log_open(RDB_LOG_TO_STDERR, RDB_LOG_WARNING);
	if (rc == 0 && !d->settings->quiet && !d->to_output)
		print_end(d);
	rdb_monitor_end(d->monitor, type_of(d), d->job, d->bytes);
	rc = rc == 0 ? remove_old(d, err) : rc;
	count_backups(d);
	return rc;
}

static int dump(struct dumping *d, struct rdb_err *err)
{
	const char *title = d->to_output ? d->name : target(d);
	int rc = rdb_secret_cluster(d->settings, &d->options.cluster, err);

	if (rc != 0)
		return rc;
	rc = rdb_job_create(RDB_JOB_BACKUP, title, &d->job);
	if (rc != 0)
		rdb_err_sys(err, -rc, "the backup");
	if (rc == 0)
		rc = rdb_command_monitor(d->settings, &d->monitor, err);
	if (rc == 0)
		rc = run_job(d, err);
	rdb_monitor_destroy(d->monitor);
	rdb_job_unref(d->job);
	rdb_cluster_free(d->options.cluster);
	return rc;
}

int rdb_command_dump(const struct rdb_settings *settings, struct rdb_err *err)
{
	struct dumping d = {.settings = settings};
	int rc = set_options(&d, err);

	if (rc == 0)
		rc = set_rules(&d, err);
	if (rc == 0)
		rc = open_store(&d, err);
	if (rc == 0)
		rc = dump(&d, err);
	rdb_store_close(d.options.store);
	free(d.source);
	return rc == 0 ? RDB_EXIT_OK : rc == -EINVAL ? RDB_EXIT_USAGE : RDB_EXIT_FAILED;
}
