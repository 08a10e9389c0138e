#include "cmd/list_table.h"

#include "base/printable.h"
#include "cmd/bar.h"
#include "tree/report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum column { NAME, TYPE, STATE, TAKEN, SIZE, TABLES, DOCUMENTS, SERVER, SCOPE, COLUMNS };

_Static_assert(COLUMNS <= RDB_COLUMNS_MAX, "they fit");

int rdb_list_table_init(struct rdb_list_table *table)
{
	static const char *const heading[COLUMNS] = {
		"NAME", "TYPE", "STATE", "TAKEN", "SIZE", "TABLES", "DOCUMENTS", "SERVER", "SCOPE"};
	int ret;

	*table = (struct rdb_list_table){.columns.count = COLUMNS};
	table->columns.right[SIZE] = true;
	table->columns.right[TABLES] = true;
	table->columns.right[DOCUMENTS] = true;
	ret = rdb_buf_putc(&table->notes, '\0'); /* the heading has an empty note */
	for (size_t i = 0; i < COLUMNS && ret == 0; i++)
		ret = rdb_columns_add(&table->columns, heading[i]);
	return ret;
}

/* ---- cells ---- */

static int add_size(struct rdb_list_table *table, const struct rdb_summary *summary)
{
	char text[32] = "-";

	if (summary->entry->kind == RDB_ENTRY_ARCHIVE)
		rdb_bar_bytes((double)summary->facts->size, text);
	return rdb_columns_add(&table->columns, text);
}

static int add_number(struct rdb_list_table *table, uint64_t number, bool known)
{
	char text[32] = "-";

	if (known)
		snprintf(text, sizeof(text), "%" PRIu64, number);
	return rdb_columns_add(&table->columns, text);
}

/* Appends a cell with the server's version number. "server" is the server's description, for
 * example "rethinkdb 2.4.4~0bookworm (CLANG ...)", for which the cell is "2.4.4". */
static int add_server(struct rdb_list_table *table, const char *server)
{
	static const char name[] = "rethinkdb ";
	char version[sizeof(((struct rdb_archive_facts *)0)->server)];

	if (strncmp(server, name, strlen(name)) == 0)
		server += strlen(name);
	snprintf(version, sizeof(version), "%.*s", (int)strcspn(server, " ~"), server);
	return rdb_columns_add(&table->columns, *version ? version : "-");
}

static int add_scope(struct rdb_list_table *table, const struct rdb_scope *scope)
{
	struct rdb_buf words = {0};
	int ret = scope ? rdb_scope_words(scope, &words) : rdb_buf_puts(&words, "-");

	if (ret == 0)
		ret = rdb_buf_putc(&words, '\0');
	if (ret == 0)
		ret = rdb_columns_add(&table->columns, words.data);
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
	struct rdb_columns *columns = &table->columns;
	int ret = add_note(table, &facts->error);

	rdb_archive_state_text(facts, state);
	ret = ret ? ret : rdb_columns_add(columns, summary->entry->name);
	ret = ret ? ret : rdb_columns_add(columns, *summary->type ? summary->type : "-");
	ret = ret ? ret : rdb_columns_add(columns, state);
	ret = ret ? ret : rdb_columns_add(columns, rdb_report_time(summary->taken, taken));
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

	while (at < table->columns.cells.len && ret == 0) {
		ret = rdb_columns_next(&table->columns, &at, out);
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
	rdb_columns_free(&table->columns);
	rdb_buf_free(&table->notes);
}
