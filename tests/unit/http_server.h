/* The fault server (tests/http/fault-server), started for one test program. */
#ifndef RDB_TESTS_HTTP_SERVER_H
#define RDB_TESTS_HTTP_SERVER_H

#include "unit/check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct http_server {
	pid_t pid;
	char address[32]; /* HOST:PORT */
};

static char http_folder[] = "/tmp/rdbfs-http-XXXXXX";
static char http_certificate[64], http_key[64];

static void http_folder_create(void)
{
	char command[512];

	REQUIRE(mkdtemp(http_folder));
	snprintf(http_certificate, sizeof(http_certificate), "%s/cert.pem", http_folder);
	snprintf(http_key, sizeof(http_key), "%s/key.pem", http_folder);
	snprintf(command, sizeof(command),
		"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext "
		"subjectAltName=IP:127.0.0.1 -keyout %s -out %s 2>/dev/null",
		http_key, http_certificate);
	REQUIRE(system(command) == 0);
}

static void http_folder_remove(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", http_folder);
	REQUIRE(system(command) == 0);
}

static void http_server_exec(const char *port_file, int tls)
{
	const char *data = getenv("RDBFS_TEST_DATA");
	char program[4096];

	prctl(PR_SET_PDEATHSIG, SIGKILL); /* also ends when the test is killed */
	snprintf(program, sizeof(program), "%s/../http/fault-server", data ? data : "tests/data");
	if (tls)
		execl(program, program, "--port-file", port_file, "--tls", http_certificate,
			http_key, (char *)NULL);
	else
		execl(program, program, "--port-file", port_file, "--files", http_folder,
			(char *)NULL);
	perror(program);
	_exit(127);
}

static void http_server_start(struct http_server *server, int tls)
{
	char port_file[64], port[16] = "";
	int fd = -1;

	snprintf(port_file, sizeof(port_file), "%s/port-%d", http_folder, tls);
	server->pid = fork();
	REQUIRE(server->pid >= 0);
	if (server->pid == 0)
		http_server_exec(port_file, tls);
	while (fd < 0) {
		REQUIRE(waitpid(server->pid, NULL, WNOHANG) == 0);
		usleep(20000);
		fd = open(port_file, O_RDONLY | O_CLOEXEC);
	}
	REQUIRE(read(fd, port, sizeof(port) - 1) > 0);
	close(fd);
	snprintf(server->address, sizeof(server->address), "127.0.0.1:%d", atoi(port));
}

static void http_server_stop(struct http_server *server)
{
	kill(server->pid, SIGTERM);
	waitpid(server->pid, NULL, 0);
}

#endif
