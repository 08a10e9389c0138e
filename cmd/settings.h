/*
 * Values of all options and of the configuration file, for all commands. The table in options.c
 * maps options to these members.
 */
#ifndef RDB_CMD_SETTINGS_H
#define RDB_CMD_SETTINGS_H

#include "cmd/option.h"

#define RDB_OPTIONS_MAX 128
/* Value of an option that the user has not set, and whose default depends on other options. */
#define RDB_SETTINGS_UNSAID 255

struct rdb_settings {
	/* Options that every command has. */
	bool help;
	bool version;
	struct rdb_list args; /* arguments that are not options */

	/* Options for the connection to the cluster. struct rdb_cluster_options describes their
	 * values. */
	char *connect;
	char *host_name;      /* overrides the host of connect (rdb_secret_cluster()) */
	uint64_t driver_port; /* overrides the port of connect; 0 if not given */
	char *user;
	struct rdb_secret password;
	char *password_file;
	bool tls;
	char *tls_cert;
	char *tls_client_cert;
	char *tls_client_key;
	uint64_t patience;    /* seconds */
	uint64_t rename_wait; /* seconds; 0 means the default */

	/* Options of the commands dump and restore. */
	char *file;
	uint64_t clients; /* 0 means the default */

	/* Options of the official tools. rdbfs accepts these options for compatibility, and prints
	 * that the options are not needed. */
	uint64_t writers_per_table;
	uint64_t batch_size;

	/* Options of backups (dump/dump.h). */
	struct rdb_list exclude;
	struct rdb_list export;
	char *type;
	char *temp_dir;
	uint64_t compression;
	uint64_t max_rate;
	uint64_t format; /* the only value is "json" */
	bool read_outdated;
	bool full_speed;
	bool overwrite_file;
	bool count;

	/* Options of monitoring (schedule/monitor.h). */
	char *metrics;
	char *ping;
	uint64_t log_format; /* index in "text|json" */
	uint64_t progress;   /* index in "auto|json|none" */
	uint64_t max_age;    /* seconds; 0 means any age */

	/* Options of the schedule and of retention (cmd/keep.h). */
	struct rdb_list schedule;
	uint64_t keep_hourly;
	uint64_t keep_daily;
	uint64_t keep_weekly;
	uint64_t keep_monthly;
	uint64_t keep_on_demand;

	/* Options of restoring (pipeline/restore_policy.h). */
	uint64_t existing;     /* index in "refuse|merge|replace|sync" */
	uint64_t index_errors; /* index in "fail|warn" */
	uint64_t shards;       /* 0 means the server's default */
	uint64_t replicas;     /* 0 means the server's default */
	bool hard_durability;
	bool no_secondary_indexes;
	char delimiter; /* delimiter of comma-separated values; 0 means a comma */
	struct rdb_list import;
	char *as;
	bool force;
	bool replace;
	bool keep_extra;
	bool dry_run;
	bool users;
	char *user_passwords;
	bool table_config;
	bool no_tables;

	/* Options of backups in S3 (store/store.h). */
	char *s3_endpoint;
	char *s3_region;
	bool s3_path_style;
	char *ca_file;
	uint64_t refresh; /* seconds; 0 means the default */
	uint64_t part_size;
	uint64_t upload_memory;

	/* Options for a hosting service, which makes and stores backups (store/store.h). */
	struct rdb_secret token;
	char *token_file;
	uint64_t download_cache; /* bytes; 0 means the default */
	char *mirror;            /* NULL if there is no mirror */

	/* Options of a mount. */
	char *source;    /* NULL means the default folder */
	char *index_dir; /* NULL means the default folder */
	uint64_t cache_size;
	uint64_t index;     /* index in "newest|all|none" */
	uint64_t verify;    /* index in "strict|lazy"; RDB_SETTINGS_UNSAID if not given */
	uint64_t log_level; /* index in "error|warning|info|debug" */
	uint64_t umask;
	uint64_t uid;
	uint64_t gid;
	bool allow_other;
	bool allow_root;
	bool recursive;
	bool allow_delete;
	bool allow_damaged;
	bool auto_unmount;
	bool nonempty;
	bool foreground;
	bool debug;
	struct rdb_list fuse_words; /* libfuse's -o options, with their backslashes */
	bool sloppy;                /* mount(8)'s option -s: ignore unknown -o options */
	bool fake;                  /* mount(8)'s option -f: do everything except mounting */

	/* Options of status. */
	bool watch;
	bool json;

	/* Options of the commands diff and get. */
	bool stat;
	bool no_pager;
	bool ndjson;

	/* Options of unmount. */
	bool lazy;

	/* Options of check. */
	bool quiet;

	enum rdb_origin origins[RDB_OPTIONS_MAX]; /* origin of each option, in the order of the
						     table of options */
};

/* Sets all values to their defaults. */
void rdb_settings_init(struct rdb_settings *settings);
void rdb_settings_free(struct rdb_settings *settings);

/* Returns whether the user named a cluster on the command line, in the environment or in the
 * configuration. */
bool rdb_settings_name_cluster(const struct rdb_settings *settings);

/* Returns the number of seconds for which failed requests to the cluster are repeated (option
 * --retry). Returns -1 if failed requests must not be repeated. The result can be passed to
 * rdb_back_off_ms(). */
int rdb_settings_patience(const struct rdb_settings *settings);

#endif
