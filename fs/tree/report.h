/* A job as text and as JSON. Any thread. */
#ifndef RDB_TREE_REPORT_H
#define RDB_TREE_REPORT_H

#include "base/buf.h"
#include "job/job.h"

#include <jansson.h>

/* Appends a few lines; tables: and one per table. Returns 0 or -ENOMEM. */
int rdb_report_text(struct rdb_job *job, bool tables, struct rdb_buf *out);

#define RDB_REPORT_TABLES 500

/* An object with a bounded number of tables ("tables_left_out": number of the others), to be
 * released by json_decref(); NULL: out of memory. */
json_t *rdb_report_json(struct rdb_job *job);

/* Appends a label, foreign text made safe (it can neither move the cursor nor forge a line), and an
 * end. */
void rdb_report_words(struct rdb_buf *out, const char *label, const char *words, const char *end);

/* Creates a JSON string of foreign bytes, which may not be UTF-8. */
json_t *rdb_report_string(const char *text);

/* Local time as text: "2026-11-22 03:00:00". buf holds at least 32 bytes; it is returned. */
char *rdb_report_time(time_t when, char *buf);

#endif
