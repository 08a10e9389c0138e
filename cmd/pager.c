#include "cmd/pager.h"

#include "cmd/bar.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t pager;  /* 0 if no pager runs */
static int terminal; /* descriptor of the original standard output */

static bool is_installed(const char *program)
{
	const char *path = getenv("PATH");
	char file[4096];

	while (path && *path) {
		int len = (int)strcspn(path, ":");
		snprintf(file, sizeof(file), "%.*s/%s", len, path, program);
		if (access(file, X_OK) == 0)
			return true;
		path += len + (path[len] == ':');
	}
	return false;
}

static const char *choose(void)
{
	const char *command = getenv("RDBFS_PAGER");

	if (!command)
		command = getenv("PAGER");
	if (!command)
		return is_installed("less") ? "less" : NULL;
	return *command && strcmp(command, "cat") != 0 ? command : NULL;
}

static int spawn(const char *command, int input)
{
	char shell[] = "sh", option[] = "-c", *text = strdup(command);
	char *argv[] = {shell, option, text, NULL};
	posix_spawn_file_actions_t actions;
	int code = ENOMEM;

	if (text && posix_spawn_file_actions_init(&actions) == 0) {
		code = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
		if (code == 0)
			code = posix_spawn(&pager, "/bin/sh", &actions, NULL, argv, environ);
		posix_spawn_file_actions_destroy(&actions);
	}
	free(text);
	if (code != 0)
		pager = 0;
	return -code;
}

/* Sets the environment variables of the pagers less and lv, unless the user has set them. The
 * defaults are the same as in git: colours, and an exit at once if the text fits on one screen. */
static void set_defaults(void)
{
	setenv("LESS", "FRX", 0);
	setenv("LV", "-c", 0);
}

void rdb_pager_start(void)
{
	const char *command = rdb_bar_fits(STDOUT_FILENO) ? choose() : NULL;
	int ends[2];

	if (!command)
		return;
	terminal = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (terminal < 0)
		return;
	set_defaults();
	if (pipe2(ends, O_CLOEXEC) == 0) {
		if (spawn(command, ends[0]) == 0) {
			fflush(stdout);
			dup2(ends[1], STDOUT_FILENO);
			/* Ignore Ctrl-C, because the pager handles Ctrl-C. */
			signal(SIGINT, SIG_IGN);
			signal(SIGPIPE, SIG_DFL);
		}
		close(ends[0]);
		close(ends[1]);
	}
	if (!pager)
		close(terminal);
}

void rdb_pager_end(void)
{
	if (!pager)
		return;
	fflush(stdout);
	dup2(terminal, STDOUT_FILENO);
	close(terminal);
	while (waitpid(pager, NULL, 0) < 0 && errno == EINTR)
		;
	signal(SIGINT, SIG_DFL);
	pager = 0;
}
