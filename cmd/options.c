#include "cmd/options.h"

#include "cmd/settings.h"
#include "cmd/word_distance.h"

#include <stddef.h>

#define OFFSET(member) offsetof(struct rdb_settings, member)
#define AT(member) OFFSET(member), 0, 0
#define WITHIN(member, min, max) OFFSET(member), min, max
#define NOWHERE RDB_OPTION_NOWHERE
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
#define SERVERS_MAX 64 /* largest number of shards or replicas in RethinkDB */

#define WORDS RDB_OPTION_IN_WORDS
#define CONFIG RDB_OPTION_IN_CONFIG
#define OFFICIAL RDB_OPTION_IS_OFFICIAL

/* clang-format off */
static const struct rdb_option options[] = {
	{"source", 's', RDB_OPTION_SOURCE, MOUNT | DIFF | GET | LIST, WORDS | CONFIG, "SOURCE",
		"the folder of backups or s3://BUCKET/PREFIX; one archive, also in a bucket; one export", AT(source)},
	{"recursive", 0, RDB_OPTION_FLAG, MOUNT | DIFF | GET | LIST, WORDS | CONFIG, NULL,
		"backups in the folders below, too, as FOLDER-NAME", AT(recursive)},
	{"s3-endpoint", 0, RDB_OPTION_TEXT, STORES, WORDS | CONFIG, "URL",
		"the S3 service, https://HOST[:PORT] (AWS)", AT(s3_endpoint)},
	{"s3-region", 0, RDB_OPTION_TEXT, STORES, WORDS | CONFIG, "REGION",
		"the bucket's region (us-east-1)", AT(s3_region)},
	{"s3-path-style", 0, RDB_OPTION_FLAG, STORES, WORDS | CONFIG, NULL,
		"put the bucket's name into the path of addresses (always with s3-endpoint)",
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
		"disk space for data from a hosting service (10G)", AT(download_cache)},
	{"mirror", 0, RDB_OPTION_PATH, MOUNT, WORDS | CONFIG, "DIR",
		"copy each backup of a hosting service into this folder", AT(mirror)},
	{"part-size", 0, RDB_OPTION_SIZE, MOUNT | DUMP, WORDS | CONFIG, "SIZE",
		"bytes of each part of an upload, from 5M (16M)", AT(part_size)},
	{"upload-memory", 0, RDB_OPTION_SIZE, MOUNT | DUMP, WORDS | CONFIG, "SIZE",
		"memory for parts that are not sent yet (256M)", AT(upload_memory)},
	{"umask", 0, RDB_OPTION_OCTAL, MOUNT, WORDS | CONFIG, "OCTAL",
		"permissions to remove from the files (077: only the owner has access)", AT(umask)},
	{"uid", 0, RDB_OPTION_USER, MOUNT, WORDS | CONFIG, "USER",
		"owner of the files (the mounting user)", AT(uid)},
	{"gid", 0, RDB_OPTION_GROUP, MOUNT, WORDS | CONFIG, "GROUP",
		"group of the files (that of the mounting user)", AT(gid)},
	{"allow-other", 0, RDB_OPTION_FLAG, MOUNT, WORDS | CONFIG, NULL,
		"give other users access, as far as umask allows", AT(allow_other)},
	{"allow-root", 0, RDB_OPTION_FLAG, MOUNT, WORDS | CONFIG, NULL,
		"give root access", AT(allow_root)},
	{"auto-unmount", 0, RDB_OPTION_FLAG, MOUNT, WORDS | CONFIG, NULL,
		"unmount when the program dies", AT(auto_unmount)},
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
		"which backups are indexed before they are used (mount: newest, list: none)", AT(index)},
	{"index-dir", 0, RDB_OPTION_PATH, MOUNT | DUMP | RESTORE | DIFF | GET | LIST | CHECK, WORDS | CONFIG,
		"DIR", "folder for indexes and downloaded data", AT(index_dir)},
	{"log-level", 0, RDB_OPTION_CHOICE, MOUNT, WORDS | CONFIG, "error|warning|info|debug",
		"what is logged (warning)", AT(log_level)},
	{"log-format", 0, RDB_OPTION_CHOICE, JOBS | CHECK, WORDS | CONFIG, "text|json",
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
	/* "user" is not allowed after -o, because "user" has another meaning in fstab */
	{"user", 'u', RDB_OPTION_TEXT, CLUSTER, CONFIG | OFFICIAL, "NAME",
		"user name for the login (admin)", AT(user)},
	{"password", 'p', RDB_OPTION_SECRET, CLUSTER, CONFIG | OFFICIAL, NULL,
		"ask for the password", AT(password)},
	{"password-file", 0, RDB_OPTION_PATH, CLUSTER, WORDS | CONFIG | OFFICIAL, "FILE",
		"read the password from a file", AT(password_file)},
	{"tls", 0, RDB_OPTION_FLAG, CLUSTER, WORDS | CONFIG, NULL,
		"connect by TLS, with the certificates that the system trusts", AT(tls)},
	{"tls-cert", 0, RDB_OPTION_PATH, CLUSTER, WORDS | CONFIG | OFFICIAL, "FILE",
		"connect by TLS, and trust only this certificate", AT(tls_cert)},
	{"tls-client-cert", 0, RDB_OPTION_PATH, CLUSTER, WORDS | CONFIG, "FILE",
		"client certificate, if the cluster demands one", AT(tls_client_cert)},
	{"tls-client-key", 0, RDB_OPTION_PATH, CLUSTER, WORDS | CONFIG, "FILE",
		"key of the client certificate", AT(tls_client_key)},
	{"retry", 0, RDB_OPTION_NUMBER, CLUSTER, WORDS | CONFIG, "SECONDS",
		"how long failed requests to the cluster are retried (60)", WITHIN(patience, 0, DAY)},

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
		"how many tables at once (3); restoring: how many connections (8)", WITHIN(clients, 1, 256)},
	{"read-outdated", 0, RDB_OPTION_FLAG, MOUNT | DUMP, WORDS | CONFIG | OFFICIAL, NULL,
		"read from any replica, even if it is not up to date", AT(read_outdated)},
	{"full-speed", 0, RDB_OPTION_FLAG, MOUNT | DUMP, WORDS | CONFIG, NULL,
		"read at full speed while other clients use the cluster", AT(full_speed)},
	{"max-rate", 0, RDB_OPTION_SIZE, MOUNT | DUMP, WORDS | CONFIG, "SIZE",
		"at most so many bytes a second from the cluster, and to and from a remote source: "
		"bytes, or with K, M, G",
		AT(max_rate)},
	{"compression", 0, RDB_OPTION_NUMBER, MOUNT | DUMP, WORDS | CONFIG, "0-9",
		"0 to 3 are fast, 4 to 9 smaller (1)", WITHIN(compression, 0, 9)},
	{"count", 0, RDB_OPTION_FLAG, MOUNT | DUMP, WORDS | CONFIG, NULL,
		"let the server count each table after reading it, and report differences",
		AT(count)},
	{"type", 0, RDB_OPTION_TEXT, DUMP, 0, "TYPE",
		"the backup's type: daily, weekly, monthly... (on-demand)", AT(type)},
	{"format", 0, RDB_OPTION_CHOICE, DUMP, 0, "json",
		"the format of the documents", AT(format)},
	{"temp-dir", 0, RDB_OPTION_PATH, JOBS | DIFF, WORDS | CONFIG | OFFICIAL, "DIR",
		"folder for temporary data ($TMPDIR, else /var/tmp)",
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
		"shards of the tables that are created (the cluster's default)", WITHIN(shards, 1, SERVERS_MAX)},
	{"replicas", 0, RDB_OPTION_NUMBER, MOUNT | RESTORE, WORDS | CONFIG | OFFICIAL, "NUMBER",
		"replicas of the tables that are created (the cluster's default)", WITHIN(replicas, 1, SERVERS_MAX)},
	{"hard-durability", 0, RDB_OPTION_FLAG, MOUNT | RESTORE, WORDS | CONFIG | OFFICIAL, NULL,
		"write each batch to the disk before it is acknowledged", AT(hard_durability)},
	{"no-secondary-indexes", 0, RDB_OPTION_FLAG, MOUNT | RESTORE, WORDS | CONFIG | OFFICIAL, NULL,
		"restore only documents, without indexes and write hooks",
		AT(no_secondary_indexes)},
	{"index-errors", 0, RDB_OPTION_CHOICE, MOUNT, WORDS | CONFIG, "fail|warn",
		"what a copy into restore/ does when an index can't be created: its last close "
		"fails, or only the log says so (fail)",
		AT(index_errors)},
	{"delimiter", 0, RDB_OPTION_DELIMITER, MOUNT | RESTORE | CHECK, WORDS | CONFIG, "CHAR",
		"separator of the values in .csv files; tab for a tab (a comma)",
		AT(delimiter)},
	{"import", 'i', RDB_OPTION_LIST, RESTORE | DIFF, OFFICIAL, "DB[.TABLE]",
		"only this database or table; may be given several times", AT(import)},
	{"as", 0, RDB_OPTION_TEXT, RESTORE, 0, "DB[.TABLE]",
		"restore it under another name", AT(as)},
	{"force", 0, RDB_OPTION_FLAG, RESTORE, OFFICIAL, NULL,
		"write into tables that exist, replacing documents of the same key", AT(force)},
	{"replace", 0, RDB_OPTION_FLAG, RESTORE, 0, NULL,
		"replace tables that exist, when the new ones are complete", AT(replace)},
	{"users", 0, RDB_OPTION_FLAG, RESTORE, 0, NULL,
		"create the backup's users that are missing, with their permissions", AT(users)},
	{"user-passwords", 0, RDB_OPTION_PATH, RESTORE, 0, "FILE",
		"passwords of new users, a JSON object: {\"USER\": \"PASSWORD\"} (random ones)",
		AT(user_passwords)},
	{"table-config", 0, RDB_OPTION_FLAG, RESTORE, 0, NULL,
		"restore durability, write acknowledgements, shards and replicas", AT(table_config)},
	{"no-tables", 0, RDB_OPTION_FLAG, RESTORE, 0, NULL,
		"restore no tables, only users or the configuration of existing tables", AT(no_tables)},
	{"writers-per-table", 0, RDB_OPTION_NUMBER, RESTORE, OFFICIAL, "NUMBER",
		"accepted, as rethinkdb restore does, and not needed", WITHIN(writers_per_table, 1, 0)},
	{"batch-size", 0, RDB_OPTION_NUMBER, RESTORE, OFFICIAL, "NUMBER",
		"accepted, as rethinkdb restore does, and not needed", WITHIN(batch_size, 1, 0)},
	{"dry-run", 0, RDB_OPTION_FLAG, RESTORE, 0, NULL,
		"change nothing, only print which tables would be created, merged, replaced or "
		"refused; with --existing sync, how many documents would be written",
		AT(dry_run)},

	{"quiet", 'q', RDB_OPTION_FLAG, CHECK | DUMP | RESTORE | LIST | STATUS, OFFICIAL, NULL,
		"print nothing unless something is wrong", AT(quiet)},

	{"progress", 0, RDB_OPTION_CHOICE, DUMP | RESTORE, 0, "auto|json|none",
		"how progress is shown on standard error (auto)", AT(progress)},

	{"max-age", 0, RDB_OPTION_TIME, STATUS | LIST, 0, "TIME",
		"exit with 2 when the newest good backup is older (as 26h), or can't be read", AT(max_age)},
	{"watch", 'w', RDB_OPTION_FLAG, STATUS, 0, NULL,
		"repeat every second, until interrupted", AT(watch)},
	{"json", 'j', RDB_OPTION_FLAG, STATUS | DIFF | LIST, 0, NULL,
		"print JSON, for programs", AT(json)},
	{"stat", 0, RDB_OPTION_FLAG, DIFF, 0, NULL,
		"only count the documents that differ", AT(stat)},
	{"no-pager", 0, RDB_OPTION_FLAG, DIFF, 0, NULL,
		"write directly to the terminal, not through $RDBFS_PAGER, $PAGER or less", AT(no_pager)},
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
			return false; /* they differ, or "known" has ended */
	return known[len] == '\0';
}

const struct rdb_option *rdb_options_find(const char *name, size_t len)
{
	for (size_t i = 0; i < COUNT(options); i++)
		if (same_name(options[i].name, name, len))
			return &options[i];
	return NULL;
}

const struct rdb_option *rdb_options_meant(
	const char *name, size_t len, unsigned commands, unsigned places)
{
	size_t best = (len < 6 ? len / 3 : 2) + 1;
	const struct rdb_option *meant = NULL;

	for (size_t i = 0; i < COUNT(options); i++) {
		const struct rdb_option *option = &options[i];
		size_t far = rdb_word_distance(name, len, option->name);
		if (far < best && option->help && option->commands & commands &&
			(option->places & places) == places) {
			best = far;
			meant = option;
		}
	}
	return meant;
}

const struct rdb_option *rdb_options_find_letter(char letter, unsigned commands)
{
	for (size_t i = 0; i < COUNT(options); i++)
		if (options[i].letter == letter && options[i].commands & commands)
			return &options[i];
	return NULL;
}

size_t rdb_options_index(const struct rdb_option *option)
{
	return (size_t)(option - options);
}
