#include "cmd/error_line.h"

#include "base/log.h"
#include "cmd/settings.h"

#include <stdio.h>

void rdb_error_line(const struct rdb_settings *settings, const struct rdb_err *err)
{
	if (settings->log_format == 0) {
		fprintf(stderr, "rdbfs: %s\n", err->text);
		return;
	}
	rdb_log_set_format(RDB_LOG_JSON);
	rdb_log_open(RDB_LOG_TO_STDERR, RDB_LOG_WARNING);
	rdb_log_error("%s", err->text);
}
