#include "base/log.h"
#include "cmd/arguments.h"
#include "cmd/command.h"
#include "cmd/config.h"
#include "cmd/environment.h"
#include "cmd/helper.h"
#include "cmd/lines.h"
#include "cmd/secret.h"
#include "cmd/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

struct call {
	const struct rdb_command *command;
	int argc;
	const char *const *argv;
	bool helper; /* mount(8) called the program */
	int count;
	char **words; /* all arguments of the process, including the program's name */
};

/* Opens /dev/null for each closed standard descriptor, so that no other file gets this descriptor.
 * For standard output, opens /dev/null read-only, so that writing fails. Returns false after an
 * error. */
static bool keep_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int how = fd == STDOUT_FILENO ? O_RDONLY : O_RDWR;

		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", how) != fd)
			return false;
	}
	return true;
}

/* Limits the number of malloc's arenas, and makes malloc return large freed blocks to the system.
 * Otherwise, each thread's arena would keep the blocks that the cache of decoded data has freed. */
static void keep_memory_small(void)
{
#ifdef M_ARENA_MAX
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
	mallopt(M_ARENA_MAX, 2);
#endif
}

static struct call understand(int argc, char **argv)
{
	struct call call = {
		.command = rdb_commands_at(0),
		.argc = argc > 0 ? argc - 1 : 0,
		.argv = (const char *const *)argv + (argc > 0),
		.helper = argc > 0 && rdb_helper_is(argv[0]),
		.count = argc,
		.words = argv,
	};
	const struct rdb_command *named =
		call.argc > 0 && !call.helper ? rdb_commands_find(call.argv[0]) : NULL;

	if (named) {
		call.command = named;
		call.argc--;
		call.argv++;
	}
	return call;
}

static int parse(const struct call *call, struct rdb_settings *settings, struct rdb_err *err)
{
	if (call->helper)
		return rdb_helper_parse(call->argc, call->argv, settings, err);
	return rdb_arguments_parse(call->command->id, call->argc, call->argv, settings, err);
}

/* Returns true if the first argument is probably a mistyped command, and not an option, a path or
 * an address. */
static bool is_unknown_command(const struct call *call)
{
	return !call->helper && !call->command->name && call->argc > 0 && call->argv[0][0] &&
	       !strpbrk(call->argv[0], "-/.:") && access(call->argv[0], F_OK) != 0;
}

static int refuse_unknown(const struct call *call, struct rdb_err *err)
{
	bool is_help = strcmp(call->argv[0], "help") == 0 && call->argc == 2;
	const char *word = call->argv[is_help];
	const char *meant = rdb_commands_meant(word);

	if (strcmp(word, "help") == 0)
		return rdb_err_set(err, EINVAL, "usage: rdbfs help [COMMAND]");
	if (strcmp(word, "version") == 0)
		return rdb_err_set(err, EINVAL, "usage: rdbfs version");
	if (meant)
		return rdb_err_set(
			err, EINVAL, "there is no command \"%s\": did you mean %s?", word, meant);
	return rdb_err_set(err, EINVAL, "there is %s \"%s\"",
		is_help ? "no command" : "neither a command nor a directory", word);
}

/* Prints the text for `rdbfs help [COMMAND]` or `rdbfs version`. Returns false if the arguments are
 * something else, or if COMMAND is unknown. */
static bool show_words(const struct call *call)
{
	const struct rdb_command *command = rdb_commands_at(0);
	const char *word =
		call->argc > 0 && !call->helper && !call->command->name ? call->argv[0] : "";

	if (strcmp(word, "version") == 0 && call->argc == 1) {
		rdb_version(stdout);
		return true;
	}
	if (strcmp(word, "help") != 0 || call->argc > 2)
		return false;
	if (call->argc == 2)
		command = rdb_commands_find(call->argv[1]);
	if (command)
		rdb_help(command, stdout);
	return command != NULL;
}

static int refuse_argument(const struct call *call, const char *argument, struct rdb_err *err)
{
	if (call->command->id == RDB_COMMAND_DUMP)
		return rdb_err_set(err, EINVAL,
			"%s: dump takes no argument; -f %s writes the archive to this file, -e "
			"DB[.TABLE] names what is backed up",
			argument, argument);
	return rdb_err_set(
		err, EINVAL, "usage: rdbfs %s %s", call->command->name, call->command->arguments);
}

static int check_args(
	const struct call *call, const struct rdb_settings *settings, struct rdb_err *err)
{
	const struct rdb_command *command = call->command;

	if (settings->args.count >= command->args_min && settings->args.count <= command->args_max)
		return 0;
	if (command->name && settings->args.count > command->args_max)
		return refuse_argument(call, settings->args.items[0], err);
	return rdb_err_set(err, EINVAL, "usage: rdbfs %s%s%s", command->name ? command->name : "",
		command->name ? " " : "", command->arguments);
}

static int exit_code(const struct call *call, int ret)
{
	if (ret == 0)
		return RDB_EXIT_OK;
	/* For wrong usage, return RDB_EXIT_USAGE (1). Only diff returns RDB_EXIT_FAILED (2) for
	 * wrong usage, because the exit code 1 of diff means that the backups differ. */
	return ret == -EINVAL && call->command->id != RDB_COMMAND_DIFF ? RDB_EXIT_USAGE
								       : RDB_EXIT_FAILED;
}

static int run(const struct call *call, struct rdb_settings *settings, struct rdb_err *err)
{
	int ret;

	if (show_words(call))
		return RDB_EXIT_OK;
	ret = is_unknown_command(call) ? refuse_unknown(call, err) : parse(call, settings, err);
	rdb_secret_hide(call->count, call->words);
	if (ret != 0)
		return exit_code(call, ret);
	if (settings->help) {
		rdb_help(call->command, stdout);
		return RDB_EXIT_OK;
	}
	if (settings->version) {
		rdb_version(stdout);
		return RDB_EXIT_OK;
	}
	ret = check_args(call, settings, err);
	if (ret == 0)
		ret = rdb_environment_read(call->command->id, settings, err);
	if (ret == 0 && call->command->configured)
		ret = rdb_config_load(settings, err);
	if (settings->log_format == 1)
		rdb_log_set_format(RDB_LOG_JSON);
	if (ret == 0)
		rdb_environment_warn(call->command->id);
	return ret != 0 ? exit_code(call, ret) : call->command->run(settings, err);
}

static int end_output(int code)
{
	if ((fflush(stdout) == 0 && !ferror(stdout)) ||
		(code != RDB_EXIT_OK && code != RDB_EXIT_DIFFERENT))
		return code;
	fprintf(stderr, "rdbfs: standard output could not be written to\n");
	return RDB_EXIT_FAILED;
}

int main(int argc, char **argv)
{
	struct rdb_settings settings;
	struct rdb_err err = {0};
	struct call call;
	int code;

	if (!keep_standard_files())
		return RDB_EXIT_FAILED;
	keep_memory_small();
	/* Ignore SIGXFSZ, so that a write beyond the file size limit returns EFBIG. */
	signal(SIGXFSZ, SIG_IGN);
	setlocale(LC_CTYPE, "");
	call = understand(argc, argv);
	rdb_settings_init(&settings);
	code = run(&call, &settings, &err);
	if (err.code)
		rdb_lines_error(&settings, &err);
	if (code == RDB_EXIT_USAGE && err.code && !rdb_log_is_json())
		fprintf(stderr, "rdbfs%s%s --help tells more.\n", call.command->name ? " " : "",
			call.command->name ? call.command->name : "");
	code = end_output(code);
	rdb_settings_free(&settings);
	return code;
}
