#include "cmd/secret.h"

#include "base/buf.h"
#include "base/byte_order_mark.h"
#include "base/log.h"
#include "base/vault.h"
#include "cmd/settings.h"
#include "reql/address.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define SECRET_MAX 1024 /* bytes of the longest secret, with its line feed */
#define PROMPT_MAX 1024

void rdb_secret_warn(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_mode & 077)
		rdb_log_warning(
			"%s holds a secret and others may read it: chmod 600 %s", path, path);
}

/* ---- the address ---- */

/* Returns the value of the option --host-name. Returns NULL if --host-name is not given, or if
 * --connect has a higher priority (enum rdb_origin) than --host-name. */
static const char *host_name(const struct rdb_settings *settings)
{
	return rdb_option_origin("host-name", settings) >= rdb_option_origin("connect", settings)
		       ? settings->host_name
		       : NULL;
}

/* Returns the port of --driver-port. Returns 0 if --driver-port is not given, or if --connect has a
 * port and a higher priority (enum rdb_origin) than --driver-port. */
static uint16_t driver_port(const struct rdb_settings *settings)
{
	struct rdb_address at = {0};
	bool named;

	if (settings->connect)
		(void)rdb_address_parse(settings->connect, &at, NULL);
	named = at.has_port &&
		rdb_option_origin("driver-port", settings) < rdb_option_origin("connect", settings);
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

/* Stores in *set the signals that end or stop the program. The caller blocks these signals while
 * the terminal's echo is off, so that the echo is on again before a signal takes effect. */
static void ending_signals(sigset_t *set)
{
	const int signals[] = {SIGINT, SIGQUIT, SIGTSTP, SIGTERM, SIGHUP};

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(set, signals[i]);
}

/* Waits for input from the terminal, or for a signal. Returns 1 if the terminal has input, 0 after
 * a signal, or a negative errno. Stores the number of the signal in *number. */
static int await_input(int fd, int signals, int *number)
{
	struct pollfd polled[] = {{.fd = fd, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
	struct signalfd_siginfo info;
	int rc;

	do
		rc = poll(polled, 2, -1);
	while (rc < 0 && errno == EINTR);
	if (rc < 0)
		return -errno;
	if (!polled[1].revents)
		return 1;
	if (read(signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return -EIO;
	*number = (int)info.ssi_signo;
	return 0;
}

/* Reads a line from the terminal "fd" without echo. Returns the line's length, -EINTR after a
 * signal, or another negative errno. Stores the number of the signal in *number. */
static ssize_t read_silently(int fd, int signals, char *line, size_t size, int *number)
{
	struct termios before, silent;
	size_t len = 0;
	ssize_t n;

	if (tcgetattr(fd, &before) != 0)
		return -errno;
	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(fd, TCSAFLUSH, &silent);
	do {
		int rc = await_input(fd, signals, number);

		n = rc > 0 ? read(fd, line + len, size - len) : rc < 0 ? rc : -EINTR;
		if (rc > 0 && n < 0)
			n = -errno;
		if (n > 0)
			len += (size_t)n;
	} while (n > 0 && len < size && line[len - 1] != '\n');
	tcsetattr(fd, TCSAFLUSH, &before);
	return n < 0 ? n : (ssize_t)len;
}

/* Prints the prompt, and reads a line from the terminal without echo. Signals take effect only
 * after the echo is on again. */
static ssize_t read_line(int fd, const char *prompt, char *line, size_t size)
{
	sigset_t ending, before;
	int signals, number;
	ssize_t len;

	ending_signals(&ending);
	signals = signalfd(-1, &ending, SFD_CLOEXEC);
	if (signals < 0)
		return -errno;
	do {
		number = 0;
		sigprocmask(SIG_BLOCK, &ending, &before);
		dprintf(fd, "%s", prompt);
		len = read_silently(fd, signals, line, size, &number);
		(void)!write(fd, "\n", 1);
		if (number)
			raise(number);
		sigprocmask(SIG_SETMASK, &before, NULL);
	} while (number == SIGTSTP);
	close(signals);
	return len;
}

static int ask(const char *prompt, const char *what, char line[SECRET_MAX + 1], struct rdb_err *err)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	ssize_t len;

	if (fd < 0)
		return rdb_err_set(err, ENOTTY,
			"there is no terminal to ask for the %s at: use --%s-file", what, what);
	len = read_line(fd, prompt, line, SECRET_MAX);
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
	size_t len = 0, mark;
	ssize_t n;

	do {
		n = read(fd, line + len, SECRET_MAX - len);
		if (n > 0)
			len += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	line[len] = '\0';
	mark = rdb_byte_order_mark(line, len);
	memmove(line, line + mark, len - mark + 1);
	return n < 0 ? -errno : 0;
}

static int read_file(
	const char *path, const char *what, char line[SECRET_MAX + 1], struct rdb_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), rc;

	if (fd < 0)
		return rdb_err_sys(err, errno, "the %s's file %s", what, path);
	rdb_secret_warn(fd, path);
	rc = read_secret(fd, line);
	close(fd);
	return rc ? rdb_err_sys(err, -rc, "the %s's file %s", what, path) : 0;
}

/* ---- the choice ---- */

static int copy_line(char line[SECRET_MAX + 1], const char *what, char **out, struct rdb_err *err)
{
	size_t len = strlen(line);

	if (len == SECRET_MAX)
		return rdb_err_set(err, EINVAL, "the %s is too long", what);
	while (len && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		line[--len] = '\0';
	if (strchr(line, '\n'))
		return rdb_err_set(err, EINVAL, "the %s's file has more than one line", what);
	*out = rdb_vault_dup(line);
	return *out ? 0 : rdb_err_sys(err, ENOMEM, "the %s", what);
}

/* Options for one secret, for example --password and --password-file */
struct choice {
	const char *what; /* name of the secret, for example "password" */
	const struct rdb_secret *given;
	const char *file;
	const char *prompt;
};

static bool prefers_file(const struct choice *choice, const struct rdb_settings *settings)
{
	char file[32];

	snprintf(file, sizeof(file), "%s-file", choice->what);
	return choice->file &&
	       (!choice->given->text || rdb_option_origin(file, settings) >=
						rdb_option_origin(choice->what, settings));
}

static int get(const struct choice *choice, const struct rdb_settings *settings, char **out,
	struct rdb_err *err)
{
	char line[SECRET_MAX + 1] = "";
	int rc = 0;

	*out = NULL;
	if (choice->given->ask)
		rc = ask(choice->prompt, choice->what, line, err);
	else if (prefers_file(choice, settings))
		rc = read_file(choice->file, choice->what, line, err);
	else if (choice->given->text)
		strncpy(line, choice->given->text, SECRET_MAX);
	else
		return 0;
	if (rc == 0)
		rc = copy_line(line, choice->what, out, err);
	explicit_bzero(line, sizeof(line));
	return rc;
}

static int prompt_for_password(
	const struct rdb_settings *settings, char prompt[PROMPT_MAX], struct rdb_err *err)
{
	struct rdb_address at = {0};
	int rc = resolve(settings, &at, err);

	if (rc == 0)
		snprintf(prompt, PROMPT_MAX, "Password of %s at %s, port %u: ",
			settings->user ? settings->user
			: at.user[0]   ? at.user
				       : "admin",
			at.host, at.port);
	explicit_bzero(&at, sizeof(at));
	return rc;
}

int rdb_secret_get(const struct rdb_settings *settings, char **out, struct rdb_err *err)
{
	char prompt[PROMPT_MAX] = "";
	const struct choice choice = {
		"password", &settings->password, settings->password_file, prompt};
	int rc = settings->password.ask ? prompt_for_password(settings, prompt, err) : 0;

	return rc ? rc : get(&choice, settings, out, err);
}

int rdb_secret_token(const struct rdb_settings *settings, char **out, struct rdb_err *err)
{
	const struct choice choice = {
		"token", &settings->token, settings->token_file, "Token of the hosting service: "};

	return get(&choice, settings, out, err);
}

/* ---- in a connection string ---- */

static char *password_in(char *text, size_t *len)
{
	char *from = strstr(text, "://");
	char *at = from ? strrchr(from, '@') : NULL;
	char *colon = at ? memchr(from + 3, ':', (size_t)(at - from) - 3) : NULL;

	if (!colon || colon + 1 == at)
		return NULL;
	*len = (size_t)(at - colon) - 1;
	return colon + 1;
}

static bool shorten(char *text)
{
	size_t len;
	char *password = password_in(text, &len);

	if (!password)
		return false;
	password[0] = 'x';
	memmove(password + 1, password + len, strlen(password + len) + 1);
	return true;
}

static char *make_title(int argc, char **argv)
{
	struct rdb_buf title = {0};
	bool any = false;

	for (int i = 0; i < argc; i++) {
		any |= shorten(argv[i]);
		rdb_buf_printf(&title, "%s%s", i ? " " : "", argv[i]);
	}
	if (any && rdb_buf_cstr(&title))
		return title.data;
	rdb_buf_free(&title);
	return NULL;
}

void rdb_secret_hide(int argc, char **argv)
{
	char *end = argc ? argv[argc - 1] + strlen(argv[argc - 1]) : NULL, *title;
	size_t room = argc ? (size_t)(end - argv[0]) : 0;

	title = make_title(argc, argv);
	if (title && strlen(title) < room) {
		memset(argv[0], 0, room);
		strcpy(argv[0], title);
		/* Overwrite the last NUL of the old arguments, so that the kernel shows only
		 * "title" as the command line. */
		*end = '.';
	}
	free(title);
}

static bool is_in_address(const struct rdb_settings *settings, enum rdb_origin origin)
{
	struct rdb_address at = {0};
	bool is;

	if (!settings->connect || rdb_option_origin("connect", settings) != origin)
		return false;
	is = rdb_address_parse(settings->connect, &at, NULL) == 0 && at.has_password;
	explicit_bzero(&at, sizeof(at));
	return is;
}

bool rdb_secret_configured(const struct rdb_settings *settings)
{
	return settings->password.text || settings->token.text ||
	       is_in_address(settings, RDB_ORIGIN_CONFIG);
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
		shorten(connect); /* hides the password; the cluster has its own copy */
	return rc;
}
