#include "base/vault.h"
#include "base/wait.h"
#include "s3/credentials.h"
#include "s3/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM_MS 60000 /* ms within which a credential_process must end */
#define OUTPUT_MAX 65536

extern char **environ;

/* ---- the environment ---- */

int rdb_credentials_environment(struct rdb_http *http, const struct rdb_cancel *cancel,
	struct rdb_credentials *out, struct rdb_err *err)
{
	const char *access = rdb_profile_variable("AWS_ACCESS_KEY_ID");
	const char *secret = rdb_profile_variable("AWS_SECRET_ACCESS_KEY");

	(void)http, (void)cancel;
	if (!access && !secret)
		return -ENOENT;
	if (!access || !secret)
		return rdb_err_set(err, EINVAL, "%s is set, but %s is not",
			access ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
			access ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
	if (rdb_credentials_set(
		    out, access, secret, rdb_profile_variable("AWS_SESSION_TOKEN"), 0) != 0)
		return rdb_err_sys(err, ENOMEM, "credentials");
	return 0;
}

/* ---- JSON ---- */

time_t rdb_credentials_time(const char *text)
{
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	time_t seconds;
	int offset = 0, sign, hours, minutes;
	bool is_past_1970;

	if (!rest)
		return -1;
	if (*rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	if (*rest == '+' || *rest == '-') {
		sign = *rest == '-' ? -1 : 1;
		if (sscanf(rest + 1, "%2d:%2d", &hours, &minutes) != 2)
			return -1;
		offset = sign * (hours * 3600 + minutes * 60);
	} else if (strcmp(rest, "Z") != 0) {
		return -1;
	}
	is_past_1970 = tm.tm_year > 70;
	seconds = timegm(&tm);
	if (seconds < 0) /* a time_t of 32 bits ends in 2038 */
		return is_past_1970 ? INT32_MAX : -1;
	return seconds - offset;
}

static int from_object(
	const json_t *object, const char *what, struct rdb_credentials *out, struct rdb_err *err)
{
	const char *access = json_string_value(json_object_get(object, "AccessKeyId"));
	const char *secret = json_string_value(json_object_get(object, "SecretAccessKey"));
	const char *token = json_string_value(json_object_get(object, "SessionToken"));
	const char *expires = json_string_value(json_object_get(object, "Expiration"));
	time_t time = expires ? rdb_credentials_time(expires) : 0;

	if (!token)
		token = json_string_value(json_object_get(object, "Token"));
	if (!access || !secret || !*access || time < 0)
		return rdb_err_set(
			err, EINVAL, "the answer of %s contains no valid credentials", what);
	if (rdb_credentials_set(out, access, secret, token, time) != 0)
		return rdb_err_sys(err, ENOMEM, "credentials");
	return 0;
}

int rdb_credentials_parse(const char *json, size_t len, const char *what,
	struct rdb_credentials *out, struct rdb_err *err)
{
	json_t *object = json_loadb(json ? json : "", len, 0, NULL);
	int ret = from_object(object, what, out, err);

	json_decref(object);
	return ret;
}

/* ---- a program ---- */

static int start_program(const char *command, pid_t *pid, int *fd, struct rdb_err *err)
{
	char shell[] = "sh", flag[] = "-c";
	char *argv[] = {shell, flag, (char *)(uintptr_t)command, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int ends[2], ret;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return rdb_err_sys(err, errno, "credential_process");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawnattr_init(&attributes);
	sigemptyset(&none);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	ret = posix_spawn(pid, "/bin/sh", &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (ret == 0) {
		*fd = ends[0];
		return 0;
	}
	close(ends[0]);
	return rdb_err_sys(err, ret, "credential_process");
}

static ssize_t read_output(int fd, char *buf, const struct rdb_cancel *cancel)
{
	struct rdb_wait wait = rdb_wait_for(cancel, PROGRAM_MS);
	size_t len = 0;

	for (;;) {
		struct pollfd poller = {.fd = fd, .events = POLLIN};
		int ret = rdb_wait_poll(&wait, &poller, 1);
		ssize_t n;
		if (ret < 0)
			return ret == -EINTR ? -ECANCELED : ret;
		n = read(fd, buf + len, OUTPUT_MAX - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : (ssize_t)len;
		len += (size_t)n;
		if (len == OUTPUT_MAX)
			return -EFBIG;
	}
}

static int run_program(const char *command, const struct rdb_cancel *cancel,
	struct rdb_credentials *out, struct rdb_err *err)
{
	char *buf = rdb_vault_alloc(OUTPUT_MAX);
	int fd, status = 0, ret;
	ssize_t len;
	pid_t pid;

	if (!buf)
		return rdb_err_sys(err, ENOMEM, "credential_process");
	ret = start_program(command, &pid, &fd, err);
	if (ret == 0) {
		len = read_output(fd, buf, cancel);
		close(fd);
		if (len < 0)
			kill(-pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		if (len < 0)
			ret = rdb_err_sys(err, (int)-len, "credential_process");
		else if (status != 0)
			ret = rdb_err_set(err, EACCES, "credential_process failed (exit status %d)",
				WIFEXITED(status) ? WEXITSTATUS(status) : 128);
		else
			ret = rdb_credentials_parse(
				buf, (size_t)len, "credential_process", out, err);
	}
	rdb_vault_free(buf);
	return ret;
}

/* ---- a profile ---- */

static int from_keys(struct rdb_credentials *out, struct rdb_err *err)
{
	struct rdb_credentials found = {0};
	int ret = rdb_profile_get("aws_access_key_id", &found.access_key, err);

	ret = ret ? ret : rdb_profile_get("aws_secret_access_key", &found.secret_key, err);
	ret = ret ? ret : rdb_profile_get("aws_session_token", &found.token, err);
	if (ret == 0 && (!found.access_key || !found.secret_key))
		ret = -ENOENT;
	if (ret == 0)
		*out = found;
	else
		rdb_credentials_free(&found);
	return ret;
}

int rdb_credentials_profile(struct rdb_http *http, const struct rdb_cancel *cancel,
	struct rdb_credentials *out, struct rdb_err *err)
{
	char *command = NULL;
	int ret = from_keys(out, err);

	(void)http;
	if (ret != -ENOENT)
		return ret;
	ret = rdb_profile_get("credential_process", &command, err);
	if (ret == 0)
		ret = command ? run_program(command, cancel, out, err) : -ENOENT;
	rdb_vault_free(command);
	return ret;
}
