#include "writer/writer_private.h"

#include "io/scratch.h"
#include "writer/partial.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- functions for all files of the writer ---- */

int rdb_writer_failed(struct rdb_writer *writer, const struct rdb_err *err)
{
	pthread_mutex_lock(&writer->lock);
	if (!writer->error.code)
		writer->error = *err;
	pthread_mutex_unlock(&writer->lock);
	return -err->code;
}

int rdb_writer_check(struct rdb_writer *writer, struct rdb_err *err)
{
	int code;

	pthread_mutex_lock(&writer->lock);
	code = writer->error.code;
	if (code && err)
		*err = writer->error;
	pthread_mutex_unlock(&writer->lock);
	return -code;
}

int rdb_writer_out_of_memory(struct rdb_err *err)
{
	return rdb_err_sys(err, ENOMEM, "the archive");
}

int64_t rdb_writer_now(const struct rdb_writer *writer)
{
	return writer->time ? writer->time : (int64_t)time(NULL);
}

bool rdb_writer_name_is_fit(const char *name)
{
	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (const char *c = name; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f || *c == '/')
			return false;
	return true;
}

/* ---- creating a writer ---- */

static char *default_top(const struct rdb_writer_options *options)
{
	static const char *const extensions[] = {".tar.gz", ".tgz"};
	const char *path = options->output ? options->output->name : options->path;
	const char *slash = strrchr(path, '/');
	char *top = strdup(slash ? slash + 1 : path);

	for (size_t i = 0; top && i < 2; i++) {
		size_t len = strlen(top), ext = strlen(extensions[i]);
		if (len > ext && strcmp(top + len - ext, extensions[i]) == 0)
			top[len - ext] = '\0';
	}
	return top;
}

static int check_options(const struct rdb_writer_options *options, struct rdb_err *err)
{
	if (!options->type || !rdb_embed_type_valid(options->type))
		return rdb_err_set(err, EINVAL, "\"%s\" is not a type of backup",
			options->type ? options->type : "");
	if (!options->path && !options->output && !options->top)
		return rdb_err_set(
			err, EINVAL, "an archive that is not written to a file needs a name");
	return 0;
}

static int open_spool(struct rdb_writer *writer, const struct rdb_output *output, const char *dir,
	struct rdb_err *err)
{
	int fd = output->folder < 0 ? rdb_scratch_open(dir, err)
				    : rdb_partial_scratch(output->folder);

	if (fd >= 0)
		return rdb_spool_create(fd, &writer->spool, err);
	return output->folder < 0 ? fd : rdb_err_sys(err, -fd, "the temporary file");
}

static int open_output(
	const struct rdb_writer_options *options, struct rdb_output **out, struct rdb_err *err)
{
	*out = options->output;
	if (options->output)
		return 0;
	if (options->path)
		return rdb_output_file(options->path, options->overwrite, out, err);
	return rdb_output_stream(options->fd, "the output", out, err);
}

static int open_trunk(struct rdb_writer *writer, const struct rdb_writer_options *options,
	struct rdb_output *output, struct rdb_err *err)
{
	struct rdb_trunk_options trunk = {
		.deflater = writer->deflater,
		.top = writer->top,
		.type = options->type,
		.level = options->level,
		.created = rdb_writer_now(writer),
		.output = output,
	};
	int ret = open_spool(writer, output, options->spool, &writer->spool_error);

	/* If the spool (a temporary file) could not be created, fail for an output without branches
	 * (outputs for further threads). Without branches, all tables but one need the spool. */
	if (ret != 0 && !output->ops->branch) {
		rdb_output_close(output);
		return rdb_err_set(err, -ret, "%s", writer->spool_error.text);
	}
	rdb_output_obey(output, options->cancel);
	writer->turn_count = 1;
	writer->all_branched = !output->ops->branch;
	return rdb_trunk_create(&trunk, &writer->turns[0].trunk, err);
}

static int prepare(
	struct rdb_writer *writer, const struct rdb_writer_options *options, struct rdb_err *err)
{
	struct rdb_deflate_options deflate = {
		.level = options->level, .threads = options->threads, .low = options->low};

	writer->top = options->top ? strdup(options->top) : default_top(options);
	writer->facts = strdup("");
	if (!writer->top || !writer->facts)
		return rdb_writer_out_of_memory(err);
	if (!rdb_writer_name_is_fit(writer->top))
		return rdb_err_set(err, EINVAL, "\"%s\" can't be a backup's name", writer->top);
	return rdb_deflater_create(&deflate, &writer->deflater, err);
}

static int open_all(
	struct rdb_writer *writer, const struct rdb_writer_options *options, struct rdb_err *err)
{
	struct rdb_output *output = options->output;
	int ret = prepare(writer, options, err);

	if (ret == 0)
		ret = open_output(options, &output, err);
	if (ret == 0)
		return open_trunk(writer, options, output, err);
	rdb_output_close(options->output);
	return ret;
}

int rdb_writer_create(
	const struct rdb_writer_options *options, struct rdb_writer **out, struct rdb_err *err)
{
	struct rdb_writer *writer;
	int ret = check_options(options, err);

	writer = ret == 0 ? calloc(1, sizeof(*writer)) : NULL;
	if (!writer) {
		rdb_output_close(options->output);
		return ret ? ret : rdb_writer_out_of_memory(err);
	}
	pthread_mutex_init(&writer->lock, NULL);
	TAILQ_INIT(&writer->open);
	TAILQ_INIT(&writer->ended);
	writer->time = options->time;
	ret = open_all(writer, options, err);
	if (ret != 0) {
		rdb_writer_abort(writer);
		return ret;
	}
	*out = writer;
	return 0;
}

/* ---- while tables are written ---- */

int rdb_writer_facts(struct rdb_writer *writer, const char *json, struct rdb_err *err)
{
	char *copy = strdup(json);

	if (!copy)
		return rdb_writer_out_of_memory(err);
	pthread_mutex_lock(&writer->lock);
	free(writer->facts);
	writer->facts = copy;
	pthread_mutex_unlock(&writer->lock);
	return 0;
}

void rdb_writer_totals(struct rdb_writer *writer, struct rdb_writer_totals *out)
{
	pthread_mutex_lock(&writer->lock);
	*out = writer->totals;
	out->archive = 0;
	for (unsigned i = 0; i < writer->turn_count; i++)
		if (writer->turns[i].trunk)
			out->archive += rdb_trunk_length(writer->turns[i].trunk);
	pthread_mutex_unlock(&writer->lock);
}

/* ---- completing and freeing a writer ---- */

static struct rdb_trunk *next_branch(const struct rdb_writer *writer, unsigned after)
{
	struct rdb_trunk *next = NULL;

	for (unsigned i = 1; i < writer->turn_count; i++) {
		struct rdb_trunk *trunk = writer->turns[i].trunk;
		if (trunk && rdb_trunk_order(trunk) > after &&
			(!next || rdb_trunk_order(trunk) < rdb_trunk_order(next)))
			next = trunk;
	}
	return next;
}

static int complete(struct rdb_writer *writer, struct rdb_err *err)
{
	struct rdb_trunk *trunk = writer->turns[0].trunk, *branch = NULL;
	int ret = rdb_writer_check(writer, err);

	if (ret != 0)
		return ret;
	if (!TAILQ_EMPTY(&writer->open))
		return rdb_err_set(err, EINVAL, "the table %s is not finished",
			TAILQ_FIRST(&writer->open)->name);
	while (ret == 0 && (branch = next_branch(writer, branch ? rdb_trunk_order(branch) : 0)))
		ret = rdb_trunk_join(trunk, branch, err);
	return ret ? ret : rdb_trunk_finish(trunk, writer->facts, err);
}

int rdb_writer_commit(
	struct rdb_writer *writer, struct rdb_writer_totals *totals, struct rdb_err *err)
{
	int ret = complete(writer, err);

	if (ret != 0)
		return ret;
	if (totals)
		rdb_writer_totals(writer, totals);
	rdb_writer_abort(writer);
	return 0;
}

void rdb_writer_cancel(struct rdb_writer *writer)
{
	struct rdb_err err = {0};

	rdb_err_set(&err, ECANCELED, "cancelled");
	rdb_writer_failed(writer, &err);
	rdb_deflater_cancel(writer->deflater);
	rdb_trunk_cancel(writer->turns[0].trunk);
}

static void free_tables(struct rdb_wtables *tables)
{
	struct rdb_wtable *table;

	while ((table = TAILQ_FIRST(tables))) {
		TAILQ_REMOVE(tables, table, link);
		rdb_wtable_free(table);
	}
}

void rdb_writer_abort(struct rdb_writer *writer)
{
	if (!writer)
		return;
	if (!TAILQ_EMPTY(&writer->open))
		rdb_writer_cancel(writer);
	free_tables(&writer->open);
	free_tables(&writer->ended);
	rdb_deflater_destroy(writer->deflater);
	for (unsigned i = writer->turn_count; i-- > 0;) /* branches before the archive's trunk */
		rdb_trunk_destroy(writer->turns[i].trunk);
	rdb_spool_destroy(writer->spool);
	pthread_mutex_destroy(&writer->lock);
	free(writer->top);
	free(writer->facts);
	free(writer);
}
