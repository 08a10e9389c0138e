#include "cmd/list_table.h"

#include "base/printable.h"
#include "cmd/bar.h"
#include "tree/report.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#define WIDTH_MAX 60 /* columns of the widest cell that can widen its column */

static const struct {
	const char *heading;
	bool right; /* right-aligned */
} columns[RDB_LIST_COLUMNS] = {{"NAME", false}, {"TYPE", false}, {"STATE", false}, {"TAKEN", false},
	{"SIZE", true}, {"TABLES", true}, {"DOCUMENTS", true}, {"SERVER", false}, {"SCOPE", false}};

/* ---- columns ---- */

static unsigned width_of(const char *text)
{
	unsigned used;

	rdb_bar_cut(text, strlen(text), UINT_MAX / 2, &used);
	return used;
}

static int add_cell(struct rdb_list_table *table, const char *text)
{
	size_t start = table->cells.len;
	unsigned *width = &table->widths[table->cell_count % RDB_LIST_COLUMNS];
	unsigned used;

	if (rdb_buf_add(&table->cells, text, strlen(text) + 1) != 0)
		return -ENOMEM;
	rdb_printable(table->cells.data + start, strlen(text));
	used = width_of(table->cells.data + start);
	if (used > *width && used <= WIDTH_MAX)
		*width = used;
	table->cell_count++;
	return 0;
}

static int put_cell(
	const struct rdb_list_table *table, size_t column, const char *text, struct rdb_buf *out)
{
	unsigned used = width_of(text), width = table->widths[column];
	int fill = used < width ? (int)(width - used) : 0;

	if (columns[column].right)
		return rdb_buf_printf(out, "%*s%s", fill, "", text);
	if (column + 1 == RDB_LIST_COLUMNS)
		return rdb_buf_puts(out, text);
	return rdb_buf_printf(out, "%s%*s", text, fill, "");
}

/* Appends a row of the table to "out" as a line of text. The row begins at the offset *at in
 * table->cells. Advances *at to the next row. */
static int put_row(const struct rdb_list_table *table, size_t *at, struct rdb_buf *out)
{
	int ret = 0;

	for (size_t column = 0; column < RDB_LIST_COLUMNS && ret == 0; column++) {
		const char *text = table->cells.data + *at;

		ret = column ? rdb_buf_puts(out, "  ") : 0;
		if (ret == 0)
			ret = put_cell(table, column, text, out);
		*at += strlen(text) + 1;
	}
	return ret ? ret : rdb_buf_putc(out, '\n');
}

int rdb_list_table_init(struct rdb_list_table *table)
{
	int ret;

	*table = (struct rdb_list_table){0};
	ret = rdb_buf_putc(&table->notes, '\0'); /* the heading has an empty note */
	for (size_t i = 0; i < RDB_LIST_COLUMNS && ret == 0; i++)
		ret = add_cell(table, columns[i].heading);
	return ret;
}

/* ---- cells ---- */

static int add_size(struct rdb_list_table *table, const struct rdb_summary *summary)
{
	char text[32] = "-";

	if (summary->entry->kind == RDB_ENTRY_ARCHIVE)
		rdb_bar_bytes((double)summary->facts->size, text);
	return add_cell(table, text);
}

static int add_number(struct rdb_list_table *table, uint64_t number, bool known)
{
	char text[32] = "-";

	if (known)
		snprintf(text, sizeof(text), "%" PRIu64, number);
	return add_cell(table, text);
}

/* Adds a cell with the version number of the server, or "-" if the version is unknown. For
 * "rethinkdb 2.4.4~0bookworm (CLANG ...)", the cell is "2.4.4". */
static int add_server(struct rdb_list_table *table, const char *server)
{
	static const char name[] = "rethinkdb ";
	char version[sizeof(((struct rdb_archive_facts *)0)->server)];

	if (strncmp(server, name, strlen(name)) == 0)
		server += strlen(name);
	snprintf(version, sizeof(version), "%.*s", (int)strcspn(server, " ~"), server);
	return add_cell(table, *version ? version : "-");
}

static int add_scope(struct rdb_list_table *table, const struct rdb_scope *scope)
{
	struct rdb_buf words = {0};
	int ret = scope ? rdb_scope_words(scope, &words) : rdb_buf_puts(&words, "-");

	if (ret == 0)
		ret = rdb_buf_putc(&words, '\0');
	if (ret == 0)
		ret = add_cell(table, words.data);
	rdb_buf_free(&words);
	return ret;
}

static int add_note(struct rdb_list_table *table, const struct rdb_err *error)
{
	const char *text = error->code ? error->text : "";

	return rdb_buf_add(&table->notes, text, strlen(text) + 1);
}

int rdb_list_table_add(struct rdb_list_table *table, const struct rdb_summary *summary)
{
	const struct rdb_archive_facts *facts = summary->facts;
	bool counted = rdb_summary_is_counted(facts);
	char state[RDB_ARCHIVE_STATE_TEXT], taken[32];
	int ret = add_note(table, &facts->error);

	rdb_archive_state_text(facts, state);
	ret = ret ? ret : add_cell(table, summary->entry->name);
	ret = ret ? ret : add_cell(table, *summary->type ? summary->type : "-");
	ret = ret ? ret : add_cell(table, state);
	ret = ret ? ret : add_cell(table, rdb_report_time(summary->taken, taken));
	ret = ret ? ret : add_size(table, summary);
	ret = ret ? ret : add_number(table, facts->tables, counted);
	ret = ret ? ret : add_number(table, facts->documents, counted);
	ret = ret ? ret : add_server(table, facts->server);
	return ret ? ret : add_scope(table, summary->scope);
}

/* ---- the text ---- */

static int put_note(const char *note, struct rdb_buf *out)
{
	size_t from = out->len + 4;
	int ret = rdb_buf_printf(out, "    %s\n", note);

	if (ret == 0)
		rdb_printable(out->data + from, strlen(note));
	return ret;
}

int rdb_list_table_format(const struct rdb_list_table *table, struct rdb_buf *out)
{
	const char *note = table->notes.data;
	size_t at = 0;
	int ret = 0;

	while (at < table->cells.len && ret == 0) {
		ret = put_row(table, &at, out);
		if (ret == 0 && *note)
			ret = put_note(note, out);
		note += strlen(note) + 1;
	}
	return ret;
}

int rdb_list_table_passed_over(const struct rdb_listing *listing, struct rdb_buf *out)
{
	size_t from = out->len;
	int ret = rdb_listing_passed_over(listing, out);

	if (ret != 0 || out->len == from)
		return ret;
	rdb_printable(out->data + from, out->len - from);
	return rdb_buf_putc(out, '\n');
}

void rdb_list_table_free(struct rdb_list_table *table)
{
	rdb_buf_free(&table->cells);
	rdb_buf_free(&table->notes);
}
