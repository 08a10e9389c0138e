/* The project's test server, started for one test program. */
#ifndef RDB_TESTS_SERVER_H
#define RDB_TESTS_SERVER_H

#include "unit/check.h"

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

static char server_folder[] = "/tmp/rdbfs-test-XXXXXX";
static char server_address[32]; /* HOST:PORT */
static pid_t server_pid;

static const char *server_program(const char *name, char path[4096])
{
	const char *data = getenv("RDBFS_TEST_DATA");

	snprintf(path, 4096, "%s/../server/%s", data ? data : "tests/data", name);
	return path;
}

static void server_exec(void)
{
	char program[4096], port_file[64], control[64], state[64];

	snprintf(port_file, sizeof(port_file), "%s/port", server_folder);
	snprintf(control, sizeof(control), "%s/control", server_folder);
	snprintf(state, sizeof(state), "%s/state.json", server_folder);
	server_program("reql-server", program);
	execl(program, program, "--port-file", port_file, "--control", control, "--persist", state,
		"--supervise", "--user", "bob:secret:read+write+config", "--user",
		"writer:secret:read+write", (char *)NULL);
	perror(program);
	_exit(127);
}

static void server_start(void)
{
	char port_file[64], port[16] = "";
	int fd = -1;

	REQUIRE(mkdtemp(server_folder));
	snprintf(port_file, sizeof(port_file), "%s/port", server_folder);
	server_pid = fork();
	REQUIRE(server_pid >= 0);
	if (server_pid == 0)
		server_exec();
	for (int i = 0; i < 1200 && fd < 0; i++) {
		REQUIRE(waitpid(server_pid, NULL, WNOHANG) == 0);
		usleep(50000);
		fd = open(port_file, O_RDONLY | O_CLOEXEC);
	}
	REQUIRE(fd >= 0 && read(fd, port, sizeof(port) - 1) > 0);
	close(fd);
	snprintf(server_address, sizeof(server_address), "127.0.0.1:%d", atoi(port));
}

static void server_stop(void)
{
	char command[128];

	kill(server_pid, SIGTERM);
	waitpid(server_pid, NULL, 0);
	snprintf(command, sizeof(command), "rm -rf %s", server_folder);
	REQUIRE(system(command) == 0);
}

/* Runs a command of the test server's control program; out receives its output. */
__attribute__((format(printf, 3, 4))) static int server_control(
	char *out, size_t size, const char *fmt, ...)
{
	char program[4096], words[4096], command[9216];
	size_t len = 0;
	va_list args;
	FILE *pipe;

	va_start(args, fmt);
	vsnprintf(words, sizeof(words), fmt, args);
	va_end(args);
	snprintf(command, sizeof(command), "%s %s/control %s 2>&1",
		server_program("control", program), server_folder, words);
	pipe = popen(command, "r");
	REQUIRE(pipe);
	if (out) {
		len = fread(out, 1, size - 1, pipe);
		out[len] = '\0';
		while (len && out[len - 1] == '\n')
			out[--len] = '\0';
	} else {
		while (fgetc(pipe) != EOF)
			;
	}
	return pclose(pipe);
}

#endif
