#include "cmd/secret.h"

#include "base/log.h"
#include "base/vault.h"
#include "cmd/options.h"
#include "reql/address.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define SECRET_MAX 1024
#define CTRL_C 3

void rdb_secret_warn(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_mode & 077)
		rdb_log_warning(
			"%s holds a password and others may read it: chmod 600 %s", path, path);
}

/* ---- the address ---- */

static enum rdb_origin origin_of(const char *name, const struct rdb_settings *settings)
{
	return rdb_option_origin(rdb_options_find(name, strlen(name)), settings);
}

/* The host of --host-name, unless --connect comes from nearer to the user. NULL: that of
 * --connect. */
static const char *host_name(const struct rdb_settings *settings)
{
	return origin_of("host-name", settings) >= origin_of("connect", settings)
		       ? settings->host_name
		       : NULL;
}

/* Likewise the port of --driver-port, which also counts where --connect has none. 0: that of
 * --connect. */
static uint16_t driver_port(const struct rdb_settings *settings)
{
	struct rdb_address at = {0};
	bool named;

	if (settings->connect)
		(void)rdb_address_parse(settings->connect, &at, NULL);
	named = at.has_port && origin_of("driver-port", settings) < origin_of("connect", settings);
	explicit_bzero(&at, sizeof(at));
	return named ? 0 : (uint16_t)settings->driver_port;
}

static int resolve(const struct rdb_settings *settings, struct rdb_address *at, struct rdb_err *err)
{
	const char *host = host_name(settings);
	int rc = rdb_address_parse(settings->connect ? settings->connect : "localhost", at, err);

	if (rc == 0 && host)
		rc = rdb_address_parse_host(host, at, err);
	if (rc == 0 && driver_port(settings))
		at->port = driver_port(settings);
	return rc;
}

/* ---- the terminal ---- */

/* A line, without echo and with Ctrl-C as a character, so that echo never stays off. */
static ssize_t read_line(int fd, char *line, size_t size)
{
	struct termios before, silent;
	size_t len = 0;
	ssize_t n;

	if (tcgetattr(fd, &before) != 0)
		return -errno;
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	tcsetattr(fd, TCSAFLUSH, &silent);
	do {
		n = read(fd, line + len, size - len);
		if (n > 0)
			len += (size_t)n;
	} while ((n < 0 && errno == EINTR) ||
		 (n > 0 && len < size && line[len - 1] != '\n' && !memchr(line, CTRL_C, len)));
	tcsetattr(fd, TCSAFLUSH, &before);
	if (n < 0)
		return -errno;
	return memchr(line, CTRL_C, len) ? -EINTR : (ssize_t)len;
}

static int prompt(int fd, const struct rdb_settings *settings, struct rdb_err *err)
{
	struct rdb_address at = {0};
	int rc = resolve(settings, &at, err);

	if (rc == 0)
		dprintf(fd, "Password of %s at %s, port %u: ",
			settings->user ? settings->user
			: at.user[0]   ? at.user
				       : "admin",
			at.host, at.port);
	explicit_bzero(&at, sizeof(at));
	return rc;
}

static int ask(const struct rdb_settings *settings, char line[SECRET_MAX + 1], struct rdb_err *err)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY), rc;
	ssize_t len;

	if (fd < 0)
		return rdb_err_set(err, ENOTTY,
			"there is no terminal to ask for the password at: use --password-file");
	rc = prompt(fd, settings, err);
	if (rc != 0) {
		close(fd);
		return rc;
	}
	len = read_line(fd, line, SECRET_MAX);
	(void)!write(fd, "\n", 1);
	close(fd);
	if (len == -EINTR)
		return rdb_err_set(err, EINTR, "cancelled");
	if (len < 0)
		return rdb_err_sys(err, (int)-len, "the terminal");
	line[len] = '\0';
	return 0;
}

/* ---- the file ---- */

static int read_secret(int fd, char line[SECRET_MAX + 1])
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, line + len, SECRET_MAX - len);
		if (n > 0)
			len += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	line[len] = '\0';
	return n < 0 ? -errno : 0;
}

static int read_file(const char *path, char line[SECRET_MAX + 1], struct rdb_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), rc;

	if (fd < 0)
		return rdb_err_sys(err, errno, "the password's file %s", path);
	rdb_secret_warn(fd, path);
	rc = read_secret(fd, line);
	close(fd);
	return rc ? rdb_err_sys(err, -rc, "the password's file %s", path) : 0;
}

/* ---- the choice ---- */

/* One line, with or without its end. */
static int take_line(char line[SECRET_MAX + 1], char **out, struct rdb_err *err)
{
	size_t len = strlen(line);

	if (len == SECRET_MAX)
		return rdb_err_set(err, EINVAL, "the password is too long");
	while (len && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		line[--len] = '\0';
	if (strchr(line, '\n'))
		return rdb_err_set(err, EINVAL, "the password's file has more than one line");
	*out = rdb_vault_dup(line);
	return *out ? 0 : rdb_err_sys(err, ENOMEM, "the password");
}

static bool prefers_file(const struct rdb_settings *settings)
{
	const struct rdb_option *file = rdb_options_find("password-file", 13);
	const struct rdb_option *text = rdb_options_find("password", 8);

	return settings->password_file &&
	       (!settings->password.text ||
		       rdb_option_origin(file, settings) >= rdb_option_origin(text, settings));
}

int rdb_secret_get(const struct rdb_settings *settings, char **out, struct rdb_err *err)
{
	char line[SECRET_MAX + 1] = "";
	int rc = 0;

	*out = NULL;
	if (settings->password.ask)
		rc = ask(settings, line, err);
	else if (prefers_file(settings))
		rc = read_file(settings->password_file, line, err);
	else if (settings->password.text)
		strncpy(line, settings->password.text, SECRET_MAX);
	else
		return 0;
	if (rc == 0)
		rc = take_line(line, out, err);
	explicit_bzero(line, sizeof(line));
	return rc;
}

/* ---- in a connection string ---- */

void rdb_secret_hide(int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		char *from = strstr(argv[i], "://");
		char *at = from ? strrchr(from, '@') : NULL;
		char *colon = at ? memchr(from + 3, ':', (size_t)(at - from) - 3) : NULL;

		if (colon)
			memset(colon + 1, 'x', (size_t)(at - colon) - 1);
	}
}

static bool is_in_address(const struct rdb_settings *settings, enum rdb_origin origin)
{
	struct rdb_address at = {0};
	bool is;

	if (!settings->connect ||
		rdb_option_origin(rdb_options_find("connect", 7), settings) != origin)
		return false;
	is = rdb_address_parse(settings->connect, &at, NULL) == 0 && at.has_password;
	explicit_bzero(&at, sizeof(at));
	return is;
}

bool rdb_secret_configured(const struct rdb_settings *settings)
{
	return settings->password.text || is_in_address(settings, RDB_ORIGIN_CONFIG);
}

int rdb_secret_cluster(
	const struct rdb_settings *settings, struct rdb_cluster **out, struct rdb_err *err)
{
	struct rdb_cluster_options options = {
		.connect = settings->connect,
		.host = host_name(settings),
		.port = driver_port(settings),
		.user = settings->user,
		.tls = settings->tls,
		.tls_cert = settings->tls_cert,
		.tls_client_cert = settings->tls_client_cert,
		.tls_client_key = settings->tls_client_key,
	};
	char *password, *connect = settings->connect;
	int rc;

	if (is_in_address(settings, RDB_ORIGIN_ARGV))
		rdb_log_warning("the password on the command line could be seen by others, and "
				"stays in the shell's history: use --password-file or -p");
	rc = rdb_secret_get(settings, &password, err);
	if (rc != 0)
		return rc;
	options.password = password;
	rc = rdb_cluster_create(&options, out, err);
	rdb_vault_free(password);
	if (rc == 0 && connect)
		rdb_secret_hide(1, &connect); /* the cluster has it */
	return rc;
}
