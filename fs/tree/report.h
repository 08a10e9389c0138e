/* Reports about a job, as text and as JSON. All functions are thread-safe. */
#ifndef RDB_TREE_REPORT_H
#define RDB_TREE_REPORT_H

#include "base/buf.h"
#include "job/job.h"

#include <jansson.h>

/* Appends to *out a text about the job. If "tables" is true, the text has a line for each table.
 * Returns 0 or -ENOMEM. */
int rdb_report_text(struct rdb_job *job, bool tables, struct rdb_buf *out);

#define RDB_REPORT_TABLES 500

/* Returns a new object that describes a job, or NULL if memory is exhausted. If the job has more
 * than RDB_REPORT_TABLES tables, the object has only running and failed tables. "tables_left_out"
 * is the number of omitted tables. */
json_t *rdb_report_json(struct rdb_job *job);

/* Appends the texts "label", "words" and "end". In "words", replaces control characters, which
 * could move the cursor or begin a line. */
void rdb_report_words(struct rdb_buf *out, const char *label, const char *words, const char *end);

/* Creates a JSON string. If the text is not UTF-8, bytes outside ASCII are replaced by question
 * marks. */
json_t *rdb_report_string(const char *text);

/* rdb_report_string_or_null() returns "text" as a JSON string, or the JSON value null if "text" is
 * NULL or empty. rdb_report_number_or_null() returns "number" as a JSON number, or the JSON value
 * null if "known" is false. */
json_t *rdb_report_string_or_null(const char *text);
json_t *rdb_report_number_or_null(bool known, json_int_t number);

/* Formats a time in local time as "2026-11-22 03:00:00" in buf, which has at least 32 bytes.
 * Returns buf. */
char *rdb_report_time(time_t when, char *buf);

#endif
