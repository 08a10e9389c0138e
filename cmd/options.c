#include "cmd/options.h"

#include "cluster/client.h"
#include "cmd/value.h"
#include "dump/dump.h"
#include "reql/address.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OFFSET(member) offsetof(struct rdb_settings, member)
#define AT(member) OFFSET(member), 0, 0
#define WITHIN(member, min, max) OFFSET(member), min, max
#define NOWHERE SIZE_MAX
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define MOUNT (1u << RDB_COMMAND_MOUNT)
#define CHECK (1u << RDB_COMMAND_CHECK)
#define STATUS (1u << RDB_COMMAND_STATUS)
#define UNMOUNT (1u << RDB_COMMAND_UNMOUNT)
#define DUMP (1u << RDB_COMMAND_DUMP)
#define RESTORE (1u << RDB_COMMAND_RESTORE)
#define DIFF (1u << RDB_COMMAND_DIFF)
#define GET (1u << RDB_COMMAND_GET)
#define LIST (1u << RDB_COMMAND_LIST)
#define CLUSTER (MOUNT | DUMP | RESTORE | DIFF)
#define JOBS (MOUNT | DUMP | RESTORE)
#define STORES (MOUNT | DUMP | RESTORE | CHECK | DIFF | GET | LIST)
#define EVERY (~0u)

#define DAY 86400 /* seconds */
#define KEEP_MAX 100000
#define SERVERS_MAX 64 /* shards, replicas: RethinkDB's limit */

#define WORDS RDB_OPTION_IN_WORDS
#define CONFIG RDB_OPTION_IN_CONFIG
#define OFFICIAL RDB_OPTION_IS_OFFICIAL

/* clang-format off */
static const struct rdb_option options[] = {
	{"source", 's', RDB_OPTION_PATH, MOUNT | DIFF | GET | LIST, WORDS | CONFIG, "SOURCE",
		"the folder of backups, s3://BUCKET/PREFIX; one archive or export", AT(source)},
	{"recursive", 0, RDB_OPTION_FLAG, MOUNT | DIFF | GET | LIST, WORDS | CONFIG, NULL,
		"backups in the folders below, too, as FOLDER-NAME", AT(recursive)},
	{"s3-endpoint", 0, RDB_OPTION_TEXT, STORES, WORDS | CONFIG, "URL",
		"the S3 service, https://HOST[:PORT] (AWS)", AT(s3_endpoint)},
	{"s3-region", 0, RDB_OPTION_TEXT, STORES, WORDS | CONFIG, "REGION",
		"the bucket's region (us-east-1)", AT(s3_region)},
	{"s3-path-style", 0, RDB_OPTION_FLAG, STORES, WORDS | CONFIG, NULL,
		"the bucket's name in the address's path, as always with s3-endpoint",
		AT(s3_path_style)},
	{"ca-file", 0, RDB_OPTION_PATH, STORES, WORDS | CONFIG, "FILE",
		"trust these certificates of remote sources and --ping, not the system's", AT(ca_file)},
	{"refresh", 0, RDB_OPTION_NUMBER, MOUNT, WORDS | CONFIG, "SECONDS",
		"how often a remote source is listed again (60)", WITHIN(refresh, 1, DAY)},
	{"token", 0, RDB_OPTION_SECRET, STORES, CONFIG, NULL,
		"ask for the hosting service's token", AT(token)},
	{"token-file", 0, RDB_OPTION_PATH, STORES, WORDS | CONFIG, "FILE",
		"read the hosting service's token from a file", AT(token_file)},
	{"download-cache", 0, RDB_OPTION_SIZE, STORES, WORDS | CONFIG, "SIZE",
		"disk space for what a hosting service sends (10G)", AT(download_cache)},
	{"mirror", 0, RDB_OPTION_PATH, MOUNT, WORDS | CONFIG, "DIR",
		"copy each backup of a hosting service into this folder", AT(mirror)},
	{"part-size", 0, RDB_OPTION_SIZE, MOUNT | DUMP, WORDS | CONFIG, "SIZE",
		"bytes of each part of an upload, from 5M (16M)", AT(part_size)},
	{"upload-memory", 0, RDB_OPTION_SIZE, MOUNT | DUMP, WORDS | CONFIG, "SIZE",
		"memory for parts on their way (256M)", AT(upload_memory)},
	{"umask", 0, RDB_OPTION_OCTAL, MOUNT, WORDS | CONFIG, "OCTAL",
		"permissions to take off the files (077: they are the owner's alone)", AT(umask)},
	{"uid", 0, RDB_OPTION_USER, MOUNT, WORDS | CONFIG, "USER",
		"owner of the files (the mounting user)", AT(uid)},
	{"gid", 0, RDB_OPTION_GROUP, MOUNT, WORDS | CONFIG, "GROUP",
		"group of the files (that of the mounting user)", AT(gid)},
	{"allow-other", 0, RDB_OPTION_FLAG, MOUNT, WORDS | CONFIG, NULL,
		"let other users in, as far as umask allows", AT(allow_other)},
	{"allow-root", 0, RDB_OPTION_FLAG, MOUNT, WORDS | CONFIG, NULL,
		"let root in", AT(allow_root)},
	{"auto-unmount", 0, RDB_OPTION_FLAG, MOUNT, WORDS | CONFIG, NULL,
		"unmount should the program die", AT(auto_unmount)},
	{"allow-delete", 0, RDB_OPTION_FLAG, MOUNT, WORDS | CONFIG, NULL,
		"removing a backup's directory removes the backup", AT(allow_delete)},
	{"allow-damaged", 0, RDB_OPTION_FLAG, MOUNT, WORDS | CONFIG, NULL,
		"read tables to their end although some of their bytes may be wrong",
		AT(allow_damaged)},
	{"verify", 0, RDB_OPTION_CHOICE, MOUNT, WORDS | CONFIG, "strict|lazy",
		"whether the end of a table waits for the archive's checksum (strict; of a remote "
		"source lazy)",
		AT(verify)},
	{"cache-size", 0, RDB_OPTION_SIZE, MOUNT, WORDS | CONFIG, "SIZE",
		"memory for decompressed data: bytes, or with K, M, G (64M)", AT(cache_size)},
	{"index", 0, RDB_OPTION_CHOICE, MOUNT | LIST, WORDS | CONFIG, "newest|all|none",
		"which backups are indexed before they are asked for (mount: newest, list: none)", AT(index)},
	{"index-dir", 0, RDB_OPTION_PATH, MOUNT | DUMP | DIFF | GET | LIST, WORDS | CONFIG, "DIR",
		"where indexes are kept, and what is downloaded", AT(index_dir)},
	{"log-level", 0, RDB_OPTION_CHOICE, MOUNT, WORDS | CONFIG, "error|warning|info|debug",
		"what is logged (warning)", AT(log_level)},
	{"log-format", 0, RDB_OPTION_CHOICE, JOBS, WORDS | CONFIG, "text|json",
		"lines for people, or an object a line for programs (text)", AT(log_format)},
	{"metrics", 0, RDB_OPTION_PATH, MOUNT | DUMP, WORDS | CONFIG, "FILE",
		"write figures for Prometheus to this file after each event", AT(metrics)},
	{"ping", 0, RDB_OPTION_TEXT, MOUNT | DUMP, WORDS | CONFIG, "URL",
		"request URL/start, URL or URL/fail when a backup begins, succeeds, fails",
		AT(ping)},
	{"nonempty", 0, RDB_OPTION_FLAG, MOUNT, WORDS, NULL,
		"mount although there are files in the mount point", AT(nonempty)},
	{"foreground", 'f', RDB_OPTION_FLAG, MOUNT, WORDS, NULL,
		"stay in the foreground", AT(foreground)},
	{"debug", 'd', RDB_OPTION_FLAG, JOBS, WORDS | OFFICIAL, NULL,
		"log everything (mounting: in the foreground, with every request)", AT(debug)},
	{"options", 'o', RDB_OPTION_TEXT, MOUNT, 0, "NAME[=VALUE],...",
		"the options above as mount(8) and fstab write them", NOWHERE, 0, 0},

	{"connect", 'c', RDB_OPTION_TEXT, CLUSTER, WORDS | CONFIG | OFFICIAL, "HOST[:PORT]",
		"the cluster, also as rethinkdb://USER@HOST:PORT (localhost:28015)", AT(connect)},
	{"host-name", 0, RDB_OPTION_TEXT, CLUSTER, WORDS | CONFIG | OFFICIAL, "HOST",
		"the cluster's host, without the port (localhost)", AT(host_name)},
	{"driver-port", 0, RDB_OPTION_NUMBER, CLUSTER, WORDS | CONFIG | OFFICIAL, "PORT",
		"the cluster's driver port (28015)", WITHIN(driver_port, 1, 65535)},
	/* not allowed after -o: fstab's "user" has another meaning */
	{"user", 'u', RDB_OPTION_TEXT, CLUSTER, CONFIG | OFFICIAL, "NAME",
		"user who logs in there (admin)", AT(user)},
	{"password", 'p', RDB_OPTION_SECRET, CLUSTER, CONFIG | OFFICIAL, NULL,
		"ask for the password", AT(password)},
	{"password-file", 0, RDB_OPTION_PATH, CLUSTER, WORDS | CONFIG | OFFICIAL, "FILE",
		"read the password from a file", AT(password_file)},
	{"tls", 0, RDB_OPTION_FLAG, CLUSTER, WORDS | CONFIG, NULL,
		"connect by TLS, trusting whom the system trusts", AT(tls)},
	{"tls-cert", 0, RDB_OPTION_PATH, CLUSTER, WORDS | CONFIG | OFFICIAL, "FILE",
		"connect by TLS, trusting this certificate alone", AT(tls_cert)},
	{"tls-client-cert", 0, RDB_OPTION_PATH, CLUSTER, WORDS | CONFIG, "FILE",
		"a certificate to show, where the cluster wants one", AT(tls_client_cert)},
	{"tls-client-key", 0, RDB_OPTION_PATH, CLUSTER, WORDS | CONFIG, "FILE",
		"its key", AT(tls_client_key)},
	{"retry", 0, RDB_OPTION_NUMBER, CLUSTER, WORDS | CONFIG, "SECONDS",
		"how long to go on trying when the cluster fails meanwhile (60)", WITHIN(patience, 0, DAY)},

	{"rename-wait", 0, RDB_OPTION_NUMBER, MOUNT, 0, "SECONDS", NULL, WITHIN(rename_wait, 0, DAY)},

	{"file", 'f', RDB_OPTION_TEXT, DUMP, OFFICIAL, "FILE",
		"the archive, - for standard output (rethinkdb_dump_TIME.tar.gz)", AT(file)},
	{"export", 'e', RDB_OPTION_LIST, DUMP, OFFICIAL, "DB[.TABLE]",
		"only this database or table; may be given several times", AT(export)},
	{"exclude", 0, RDB_OPTION_LIST, JOBS, WORDS | CONFIG, "DB[.TABLE]",
		"all but this database or table; may be given several times", AT(exclude)},
	{"overwrite-file", 0, RDB_OPTION_FLAG, DUMP, OFFICIAL, NULL,
		"replace the archive if it exists", AT(overwrite_file)},
	{"clients", 0, RDB_OPTION_NUMBER, JOBS, WORDS | CONFIG | OFFICIAL, "NUMBER",
		"how many tables (restoring: connections) at once", WITHIN(clients, 1, 256)},
	{"read-outdated", 0, RDB_OPTION_FLAG, MOUNT | DUMP, WORDS | CONFIG | OFFICIAL, NULL,
		"read from any replica, also where it is behind", AT(read_outdated)},
	{"full-speed", 0, RDB_OPTION_FLAG, MOUNT | DUMP, WORDS | CONFIG, NULL,
		"don't hold back while other clients use the cluster", AT(full_speed)},
	{"max-rate", 0, RDB_OPTION_SIZE, MOUNT | DUMP, WORDS | CONFIG, "SIZE",
		"at most so many bytes a second from the cluster, and to and from a remote source: "
		"bytes, or with K, M, G",
		AT(max_rate)},
	{"compression", 0, RDB_OPTION_NUMBER, MOUNT | DUMP, WORDS | CONFIG, "0-9",
		"0 to 3 are fast, 4 to 9 smaller (1)", WITHIN(compression, 0, 9)},
	{"count", 0, RDB_OPTION_FLAG, MOUNT | DUMP, WORDS | CONFIG, NULL,
		"let the server count each table when it is read, and tell differences",
		AT(count)},
	{"type", 0, RDB_OPTION_TEXT, DUMP, 0, "TYPE",
		"the backup's type: daily, weekly, monthly... (on-demand)", AT(type)},
	{"format", 0, RDB_OPTION_CHOICE, DUMP, 0, "json",
		"the format of the documents", AT(format)},
	{"temp-dir", 0, RDB_OPTION_PATH, DUMP | RESTORE | DIFF, OFFICIAL, "DIR",
		"where - waits, standard output or input ($TMPDIR, else /var/tmp)",
		AT(temp_dir)},

	{"schedule", 0, RDB_OPTION_LIST, MOUNT, WORDS | CONFIG, "WHEN",
		"make backups: daily@03:00, also hourly@MM, weekly@sun-04:00, monthly@1-04:00, "
		"several joined by +",
		AT(schedule)},
	{"keep-hourly", 0, RDB_OPTION_NUMBER, MOUNT | DUMP, WORDS | CONFIG, "N",
		"remove scheduled backups but the newest of each of the last N hours",
		WITHIN(keep_hourly, 0, KEEP_MAX)},
	{"keep-daily", 0, RDB_OPTION_NUMBER, MOUNT | DUMP, WORDS | CONFIG, "N",
		"... of each of the last N days (with a schedule: 7)", WITHIN(keep_daily, 0, KEEP_MAX)},
	{"keep-weekly", 0, RDB_OPTION_NUMBER, MOUNT | DUMP, WORDS | CONFIG, "N",
		"... of each of the last N weeks (with a schedule: 4)", WITHIN(keep_weekly, 0, KEEP_MAX)},
	{"keep-monthly", 0, RDB_OPTION_NUMBER, MOUNT | DUMP, WORDS | CONFIG, "N",
		"... of each of the last N months (with a schedule: 3)", WITHIN(keep_monthly, 0, KEEP_MAX)},
	{"keep-on-demand", 0, RDB_OPTION_NUMBER, MOUNT | DUMP, WORDS | CONFIG, "N",
		"remove on-demand backups but the newest N", WITHIN(keep_on_demand, 0, KEEP_MAX)},

	{"existing", 0, RDB_OPTION_CHOICE, MOUNT | RESTORE, WORDS | CONFIG,
		"refuse|merge|replace|sync",
		"what to do with tables that exist when they are restored; sync writes only what "
		"differs, and deletes what the backup lacks (refuse)",
		AT(existing)},
	{"keep-extra", 0, RDB_OPTION_FLAG, MOUNT | RESTORE, WORDS | CONFIG, NULL,
		"with existing sync: keep documents and indexes that the backup lacks",
		AT(keep_extra)},
	{"shards", 0, RDB_OPTION_NUMBER, MOUNT | RESTORE, WORDS | CONFIG | OFFICIAL, "NUMBER",
		"shards of the tables that are restored (1)", WITHIN(shards, 1, SERVERS_MAX)},
	{"replicas", 0, RDB_OPTION_NUMBER, MOUNT | RESTORE, WORDS | CONFIG | OFFICIAL, "NUMBER",
		"replicas of the tables that are restored (1)", WITHIN(replicas, 1, SERVERS_MAX)},
	{"hard-durability", 0, RDB_OPTION_FLAG, MOUNT | RESTORE, WORDS | CONFIG | OFFICIAL, NULL,
		"have each batch on disk before the next is sent", AT(hard_durability)},
	{"no-secondary-indexes", 0, RDB_OPTION_FLAG, MOUNT | RESTORE, WORDS | CONFIG | OFFICIAL, NULL,
		"restore documents alone, without indexes and write hooks",
		AT(no_secondary_indexes)},
	{"index-errors", 0, RDB_OPTION_CHOICE, MOUNT, WORDS | CONFIG, "fail|warn",
		"what a copy into restore/ does when an index can't be created: its last close "
		"fails, or only the log says so (fail)",
		AT(index_errors)},
	{"delimiter", 0, RDB_OPTION_DELIMITER, MOUNT | RESTORE | CHECK, WORDS | CONFIG, "CHAR",
		"what is between the values of .csv files, tab for a tab (a comma)",
		AT(delimiter)},
	{"import", 'i', RDB_OPTION_LIST, RESTORE | DIFF, OFFICIAL, "DB[.TABLE]",
		"only this database or table; may be given several times", AT(import)},
	{"as", 0, RDB_OPTION_TEXT, RESTORE, 0, "DB[.TABLE]",
		"restore it under another name", AT(as)},
	{"force", 0, RDB_OPTION_FLAG, RESTORE, OFFICIAL, NULL,
		"write into tables that exist, replacing documents of the same key", AT(force)},
	{"replace", 0, RDB_OPTION_FLAG, RESTORE, 0, NULL,
		"replace tables that exist, once theirs are complete", AT(replace)},
	{"users", 0, RDB_OPTION_FLAG, RESTORE, 0, NULL,
		"create the backup's users that are missing, with their permissions", AT(users)},
	{"user-passwords", 0, RDB_OPTION_PATH, RESTORE, 0, "FILE",
		"their passwords, a JSON object: {\"USER\": \"PASSWORD\"} (random ones)",
		AT(user_passwords)},
	{"table-config", 0, RDB_OPTION_FLAG, RESTORE, 0, NULL,
		"restore durability, write acknowledgements, shards and replicas", AT(table_config)},
	{"no-tables", 0, RDB_OPTION_FLAG, RESTORE, 0, NULL,
		"only what --users and --table-config say, for tables that exist", AT(no_tables)},
	{"writers-per-table", 0, RDB_OPTION_NUMBER, RESTORE, OFFICIAL, "NUMBER",
		"accepted, as rethinkdb restore does, and not needed", WITHIN(writers_per_table, 1, 0)},
	{"batch-size", 0, RDB_OPTION_NUMBER, RESTORE, OFFICIAL, "NUMBER",
		"accepted, as rethinkdb restore does, and not needed", WITHIN(batch_size, 1, 0)},
	{"dry-run", 0, RDB_OPTION_FLAG, RESTORE, 0, NULL,
		"only tell what would be made, merged, replaced or refused; with --existing sync, "
		"how many documents would be written",
		AT(dry_run)},

	{"quiet", 'q', RDB_OPTION_FLAG, CHECK | DUMP | RESTORE | LIST, OFFICIAL, NULL,
		"say nothing unless something is wrong", AT(quiet)},

	{"progress", 0, RDB_OPTION_CHOICE, DUMP | RESTORE, 0, "auto|json|none",
		"how progress is shown on standard error (auto)", AT(progress)},

	{"max-age", 0, RDB_OPTION_TIME, STATUS | LIST, 0, "TIME",
		"exit 2 when the newest good backup is older, as 26h", AT(max_age)},
	{"watch", 'w', RDB_OPTION_FLAG, STATUS, 0, NULL,
		"show it again every second, until interrupted", AT(watch)},
	{"json", 'j', RDB_OPTION_FLAG, STATUS | DIFF | LIST, 0, NULL,
		"for programs", AT(json)},
	{"stat", 0, RDB_OPTION_FLAG, DIFF, 0, NULL,
		"only count the documents that differ", AT(stat)},
	{"no-pager", 0, RDB_OPTION_FLAG, DIFF, 0, NULL,
		"write to the terminal itself, not through $RDBFS_PAGER, $PAGER or less", AT(no_pager)},
	{"ndjson", 0, RDB_OPTION_FLAG, GET, 0, NULL,
		"print each document on one line", AT(ndjson)},

	{"lazy", 'z', RDB_OPTION_FLAG, UNMOUNT, 0, NULL,
		"detach at once, although files are open", AT(lazy)},

	{"help", 'h', RDB_OPTION_FLAG, EVERY, OFFICIAL, NULL,
		"show this", AT(help)},
	{"version", 'V', RDB_OPTION_FLAG, EVERY, OFFICIAL, NULL,
		"show the versions of rdbfs and its libraries", AT(version)},
};
/* clang-format on */

_Static_assert(COUNT(options) <= RDB_OPTIONS_MAX, "origins has no room for every option");

/* Options of mount(8) that concern other programs, or that describe the default. */
static const char *const ignored_words[] = {"defaults", "auto", "noauto", "user", "nouser", "users",
	"owner", "group", "nofail", "_netdev", "rw", "ro", "async", "relatime", "norelatime",
	"strictatime", "lazytime", "nolazytime", "silent", "loud"};

/* Options that libfuse or the kernel handles. */
static const char *const fuse_words[] = {"fsname", "subtype", "suid", "nosuid", "dev", "nodev",
	"exec", "noexec", "atime", "noatime", "diratime", "nodiratime", "sync", "dirsync",
	"default_permissions", "context", "fscontext", "defcontext", "rootcontext"};

size_t rdb_options_count(void)
{
	return COUNT(options);
}

const struct rdb_option *rdb_options_at(size_t i)
{
	return &options[i];
}

static bool same_name(const char *known, const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (known[i] != (name[i] == '_' ? '-' : name[i]))
			return false; /* also at the end of known */
	return known[len] == '\0';
}

const struct rdb_option *rdb_options_find(const char *name, size_t len)
{
	for (size_t i = 0; i < COUNT(options); i++)
		if (same_name(options[i].name, name, len))
			return &options[i];
	return NULL;
}

/* Finds an option by its letter, which may differ between commands. */
static const struct rdb_option *find_letter(char letter, unsigned commands)
{
	for (size_t i = 0; i < COUNT(options); i++)
		if (options[i].letter == letter && options[i].commands & commands)
			return &options[i];
	return NULL;
}

bool rdb_option_is_for(const struct rdb_option *option, enum rdb_command_id command)
{
	return option->commands & 1u << command;
}

/* ---- setting an option ---- */

static void *place(const struct rdb_option *option, struct rdb_settings *settings)
{
	return (char *)settings + option->offset;
}

enum rdb_origin rdb_option_origin(const struct rdb_option *option, const struct rdb_settings *s)
{
	return s->origins[option - options];
}

void rdb_option_reset(const struct rdb_option *option, struct rdb_settings *settings)
{
	settings->origins[option - options] = RDB_ORIGIN_DEFAULT;
	if (option->offset == NOWHERE)
		return;
	if (option->kind == RDB_OPTION_LIST) {
		rdb_list_free(place(option, settings));
	} else if (option->kind == RDB_OPTION_SECRET) {
		rdb_secret_free(place(option, settings));
	} else if (option->kind == RDB_OPTION_TEXT || option->kind == RDB_OPTION_PATH) {
		char **text = place(option, settings);
		free(*text);
		*text = NULL;
	} else if (option->offset == OFFSET(driver_port)) {
		settings->driver_port = 0;
	}
}

static void reset_up_to(const char *name, enum rdb_origin origin, struct rdb_settings *settings)
{
	const struct rdb_option *option = rdb_options_find(name, strlen(name));

	if (rdb_option_origin(option, settings) <= origin)
		rdb_option_reset(option, settings);
}

/* Resets --host-name and --driver-port when --connect is given after them: the last one counts, as
 * for the official tools. */
static void forget_address(struct rdb_settings *settings, enum rdb_origin origin)
{
	struct rdb_address at = {0};

	reset_up_to("host-name", origin, settings);
	if (rdb_address_parse(settings->connect, &at, NULL) == 0 && at.has_port)
		reset_up_to("driver-port", origin, settings);
	explicit_bzero(&at, sizeof(at));
}

int rdb_option_set(const struct rdb_option *option, const char *value, enum rdb_origin origin,
	struct rdb_settings *settings, struct rdb_err *err)
{
	enum rdb_origin *before = &settings->origins[option - options];
	int ret;

	if (option->offset == NOWHERE)
		return rdb_options_words(value ? value : "", settings, err);
	if (option->kind == RDB_OPTION_SECRET && origin == RDB_ORIGIN_ARGV && value)
		return rdb_err_set(err, EINVAL,
			"--%s takes no value, which everybody could see: it asks for it",
			option->name);
	if (*before > origin)
		return rdb_value_check(option, value, err);
	if (*before < origin)
		rdb_option_reset(option, settings);
	ret = rdb_value_set(option, value, place(option, settings), err);
	if (ret != 0)
		return ret;
	*before = origin;
	if (option->offset == OFFSET(connect))
		forget_address(settings, origin);
	return 0;
}

/* ---- -o ---- */

static bool is_word(const char *const *words, size_t count, const char *name, size_t len)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(words[i]) == len && memcmp(words[i], name, len) == 0)
			return true;
	return false;
}

static bool is_ignored(const char *name, size_t len)
{
	return is_word(ignored_words, COUNT(ignored_words), name, len) ||
	       strncmp(name, "x-", 2) == 0 || strncmp(name, "X-", 2) == 0 ||
	       (len == 7 && memcmp(name, "comment", 7) == 0);
}

/* Returns whether the value was written as "\t", which would lose its backslash and become the
 * letter t. */
static bool is_tab(const struct rdb_option *option, const char *written, size_t len)
{
	return option->kind == RDB_OPTION_DELIMITER && len > 3 &&
	       memcmp(written + len - 3, "=\\t", 3) == 0;
}

/* Handles one option after -o. written: its text with backslashes, for libfuse, which removes them
 * itself. */
static int take_word(const char *word, const char *written, size_t written_len,
	struct rdb_settings *settings, struct rdb_err *err)
{
	size_t len = strcspn(word, "=");
	const char *value = word[len] ? word + len + 1 : NULL;
	const struct rdb_option *option = rdb_options_find(word, len);

	if (len == 0 && !value)
		return 0; /* empty: two commas in sequence */
	if (option && is_tab(option, written, written_len))
		value = "tab";
	if (option && option->places & RDB_OPTION_IN_WORDS)
		return rdb_option_set(option, value, RDB_ORIGIN_ARGV, settings, err);
	if (is_ignored(word, len))
		return 0;
	if (is_word(fuse_words, COUNT(fuse_words), word, len))
		return rdb_list_add(&settings->fuse_words, written, written_len);
	if (strcmp(word, "remount") == 0)
		return rdb_err_set(err, EINVAL,
			"-o remount: a mount can't be changed: unmount it, and mount it again");
	if (settings->sloppy)
		return 0;
	return rdb_err_set(err, EINVAL, "-o %.*s: there is no such mount option", (int)len, word);
}

/* Copies the next option without its backslashes. Returns its end. */
static const char *next_word(const char *words, char *word)
{
	while (*words && *words != ',') {
		if (*words == '\\' && words[1])
			words++;
		*word++ = *words++;
	}
	*word = '\0';
	return words;
}

int rdb_options_words(const char *words, struct rdb_settings *settings, struct rdb_err *err)
{
	char *word = malloc(strlen(words) + 1);
	int ret = 0;

	if (!word)
		return rdb_err_sys(err, ENOMEM, "-o");
	while (ret == 0 && *words) {
		const char *end = next_word(words, word);
		ret = take_word(word, words, (size_t)(end - words), settings, err);
		words = *end ? end + 1 : end;
	}
	free(word);
	return ret;
}

/* ---- the command line ---- */

struct arguments {
	enum rdb_command_id command;
	int argc;
	const char *const *argv;
	int at; /* index of the current argument */
	struct rdb_settings *settings;
	struct rdb_err *err;
};

static bool takes_value(const struct rdb_option *option)
{
	return option->kind != RDB_OPTION_FLAG && option->kind != RDB_OPTION_SECRET;
}

static int set_argument(struct arguments *a, const struct rdb_option *option, const char *value)
{
	if (!value && takes_value(option)) {
		if (a->at + 1 >= a->argc)
			return rdb_err_set(a->err, EINVAL, "--%s needs a value: %s", option->name,
				option->value);
		value = a->argv[++a->at];
	}
	return rdb_option_set(option, value, RDB_ORIGIN_ARGV, a->settings, a->err);
}

/* Finds an abbreviated option: the official tools accept a prefix that is unique among their
 * options. */
static const struct rdb_option *find_abbreviated(
	enum rdb_command_id command, const char *text, size_t len)
{
	const struct rdb_option *found = NULL;

	if (command == RDB_COMMAND_MOUNT || len == 0)
		return NULL;
	for (size_t i = 0; i < COUNT(options); i++) {
		if (!(options[i].places & OFFICIAL) || !rdb_option_is_for(&options[i], command) ||
			strncmp(options[i].name, text, len) != 0)
			continue;
		if (found)
			return NULL;
		found = &options[i];
	}
	return found;
}

static int take_long(struct arguments *a, const char *text)
{
	size_t len = strcspn(text, "=");
	const struct rdb_option *option = rdb_options_find(text, len);

	if (!option)
		option = find_abbreviated(a->command, text, len);
	if (!option || !(option->commands & 1u << a->command))
		return rdb_err_set(a->err, EINVAL, "--%.*s: there is no such option%s", (int)len,
			text, option ? " for this command" : "");
	return set_argument(a, option, text[len] ? text + len + 1 : NULL);
}

/* Handles an argument of several letters: -fd, -sDIR, -s DIR. */
static int take_letters(struct arguments *a, const char *text)
{
	int ret = 0;

	while (ret == 0 && *text) {
		const struct rdb_option *option = find_letter(*text, 1u << a->command);
		if (!option)
			return rdb_err_set(a->err, EINVAL, "-%c: there is no such option%s", *text,
				find_letter(*text, EVERY) ? " for this command" : "");
		text++;
		if (takes_value(option))
			return set_argument(a, option, *text ? text : NULL);
		ret = set_argument(a, option, NULL);
	}
	return ret;
}

int rdb_options_parse(enum rdb_command_id command, int argc, const char *const argv[],
	struct rdb_settings *settings, struct rdb_err *err)
{
	struct arguments a = {
		.command = command, .argc = argc, .argv = argv, .settings = settings, .err = err};
	bool ended = false;
	int ret = 0;

	for (; a.at < argc && ret == 0; a.at++) {
		const char *text = argv[a.at];
		if (ended || text[0] != '-' || text[1] == '\0')
			ret = rdb_list_add(&settings->args, text, strlen(text));
		else if (strcmp(text, "--") == 0)
			ended = true;
		else if (text[1] == '-')
			ret = take_long(&a, text + 2);
		else
			ret = take_letters(&a, text + 1);
	}
	return ret;
}

/* ---- the environment ---- */

#define VARIABLE_MAX 64

static void name_variable(const struct rdb_option *option, char out[VARIABLE_MAX])
{
	snprintf(out, VARIABLE_MAX, "RDBFS_%s", option->name);
	for (; *out; out++)
		if (*out == '-')
			*out = '_';
		else if (*out >= 'a' && *out <= 'z')
			*out -= 'a' - 'A';
}

static int set_list(const struct rdb_option *option, const char *text,
	struct rdb_settings *settings, struct rdb_err *err)
{
	static const char between[] = ", \t\n";
	int ret = 0;

	for (text += strspn(text, between); *text && ret == 0; text += strspn(text, between)) {
		size_t len = strcspn(text, between);
		char *item = strndup(text, len);
		ret = item ? rdb_option_set(option, item, RDB_ORIGIN_ENVIRONMENT, settings, err)
			   : rdb_err_sys(err, ENOMEM, "%s", option->name);
		free(item);
		text += len;
	}
	return ret;
}

static int take_variable(const char *variable, const struct rdb_option *option,
	struct rdb_settings *settings, struct rdb_err *err)
{
	const char *text = getenv(variable);
	int ret;

	if (!text || !*text)
		return 0;
	if (option->kind == RDB_OPTION_LIST)
		ret = set_list(option, text, settings, err);
	else
		ret = rdb_option_set(option, text, RDB_ORIGIN_ENVIRONMENT, settings, err);
	if (option->kind == RDB_OPTION_SECRET)
		unsetenv(variable); /* hides the variable from child processes */
	if (ret == -EINVAL)
		rdb_err_prefix(err, "%s: ", variable);
	return ret;
}

/* Returns whether an option can be set by a variable: not --help and the like, nor -o and shorthand
 * options. */
static bool has_variable(const struct rdb_option *option, enum rdb_command_id command)
{
	return rdb_option_is_for(option, command) && option->help && option->offset != NOWHERE &&
	       option->commands != EVERY;
}

int rdb_options_environment(
	enum rdb_command_id command, struct rdb_settings *settings, struct rdb_err *err)
{
	static const struct {
		const char *variable, *option;
	} official[] = {{"RETHINKDB_HOSTNAME", "host-name"},
		{"RETHINKDB_DRIVER_PORT", "driver-port"}, {"RETHINKDB_USER", "user"}};
	char variable[VARIABLE_MAX];
	int ret = 0;

	for (size_t i = 0; i < COUNT(official) && ret == 0; i++) {
		const char *name = official[i].option;
		const struct rdb_option *option = rdb_options_find(name, strlen(name));
		if (has_variable(option, command))
			ret = take_variable(official[i].variable, option, settings, err);
	}
	for (size_t i = 0; i < COUNT(options) && ret == 0; i++) {
		if (!has_variable(&options[i], command))
			continue;
		name_variable(&options[i], variable);
		ret = take_variable(variable, &options[i], settings, err);
	}
	return ret;
}

/* ---- the settings ---- */

void rdb_settings_init(struct rdb_settings *settings)
{
	*settings = (struct rdb_settings){
		.cache_size = UINT64_C(64) << 20,
		.verify = RDB_SETTINGS_UNSAID,
		.log_level = 1,
		.umask = 077,
		.patience = RDB_BACK_OFF_SECONDS,
		.compression = RDB_DUMP_LEVEL,
		.uid = getuid(),
		.gid = getgid(),
	};
}

void rdb_settings_free(struct rdb_settings *settings)
{
	for (size_t i = 0; i < rdb_options_count(); i++)
		rdb_option_reset(rdb_options_at(i), settings);
	rdb_list_free(&settings->args);
	rdb_list_free(&settings->fuse_words);
}
