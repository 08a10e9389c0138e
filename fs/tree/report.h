/* What a job tells of itself, as text for people and as JSON for programs. Any thread. */
#ifndef RDB_TREE_REPORT_H
#define RDB_TREE_REPORT_H

#include "base/buf.h"
#include "job/job.h"

#include <jansson.h>

/* Appends a few lines; tables: and one for each table. 0 or -ENOMEM. */
int rdb_report_text(struct rdb_job *job, bool tables, struct rdb_buf *out);

#define RDB_REPORT_TABLES 500

/* An object with at most so many tables ("tables_left_out": how many there are besides), to be
 * given back by json_decref(); NULL when out of memory. */
json_t *rdb_report_json(struct rdb_job *job);

/* Appends a label and other people's words, none of which moves a terminal or forges a line, and
 * what follows them. */
void rdb_report_words(struct rdb_buf *out, const char *label, const char *words, const char *end);

/* Names and words are other people's bytes, and JSON is UTF-8. */
json_t *rdb_report_string(const char *text);

/* A time as people write it here: "2026-11-22 03:00:00". buf of at least 32; returned. */
char *rdb_report_time(time_t when, char *buf);

#endif
