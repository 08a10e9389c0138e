/*
 * Values of all options and of the configuration file, for all commands. The table in options.c
 * maps options to members.
 */
#ifndef RDB_CMD_SETTINGS_H
#define RDB_CMD_SETTINGS_H

#include "cmd/option.h"

#define RDB_OPTIONS_MAX 128
#define RDB_SETTINGS_UNSAID 255 /* a choice that was not given: another setting decides */

struct rdb_settings {
	/* every command */
	bool help;
	bool version;
	struct rdb_list args; /* arguments that are not options */

	/* the cluster; see cluster/cluster.h */
	char *connect;
	char *host_name;      /* overrides the host of connect, see rdb_secret_cluster() */
	uint64_t driver_port; /* overrides the port of connect; 0: not given */
	char *user;
	struct rdb_secret password;
	char *password_file;
	bool tls;
	char *tls_cert;
	char *tls_client_cert;
	char *tls_client_key;
	uint64_t patience;    /* seconds */
	uint64_t rename_wait; /* seconds; 0: the default */

	/* dump, restore */
	char *file;
	uint64_t clients; /* 0: the default */

	/* accepted for the official tools' command lines, and ignored */
	uint64_t writers_per_table;
	uint64_t batch_size;

	/* backups; see dump/dump.h */
	struct rdb_list exclude;
	struct rdb_list export;
	char *type;
	char *temp_dir;
	uint64_t compression;
	uint64_t max_rate;
	uint64_t format; /* only one value exists */
	bool read_outdated;
	bool full_speed;
	bool overwrite_file;
	bool count;

	/* monitoring; see schedule/monitor.h */
	char *metrics;
	char *ping;
	uint64_t log_format; /* position in "text|json" */
	uint64_t progress;   /* position in "auto|json|none" */
	uint64_t max_age;    /* seconds; 0: any */

	/* schedule and retention; see cmd/keep.h */
	struct rdb_list schedule;
	uint64_t keep_hourly;
	uint64_t keep_daily;
	uint64_t keep_weekly;
	uint64_t keep_monthly;
	uint64_t keep_on_demand;

	/* restoring; see restore/restore_policy.h */
	uint64_t existing;     /* position in "refuse|merge|replace|sync" */
	uint64_t index_errors; /* position in "fail|warn" */
	uint64_t shards;       /* 0: the server's default */
	uint64_t replicas;     /* 0: the server's default */
	bool hard_durability;
	bool no_secondary_indexes;
	char delimiter; /* separator of CSV; 0: a comma */
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

	/* backups in S3; see store/store.h */
	char *s3_endpoint;
	char *s3_region;
	bool s3_path_style;
	char *ca_file;
	uint64_t refresh; /* seconds; 0: the default */
	uint64_t part_size;
	uint64_t upload_memory;

	/* backups at a hosting service; see store/store.h */
	struct rdb_secret token;
	char *token_file;
	uint64_t download_cache; /* bytes; 0: the default */
	char *mirror;            /* NULL: none */

	/* mount */
	char *source;    /* NULL: the default folder */
	char *index_dir; /* NULL: the default folder */
	uint64_t cache_size;
	uint64_t index;     /* position in "newest|all|none" */
	uint64_t verify;    /* index in "strict|lazy"; RDB_SETTINGS_UNSAID: depends on the source */
	uint64_t log_level; /* position in "error|warning|info|debug" */
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
	bool sloppy;                /* mount(8)'s -s: ignore unknown -o options */
	bool fake;                  /* mount(8)'s -f: do everything except mounting */

	/* status */
	bool watch;
	bool json;

	/* diff, get */
	bool stat;
	bool no_pager;
	bool ndjson;

	/* unmount */
	bool lazy;

	/* check */
	bool quiet;

	enum rdb_origin origins[RDB_OPTIONS_MAX]; /* indexed like the table of options */
};

#endif
