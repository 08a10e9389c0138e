/*
 * pack ARCHIVE FOLDER: packs a folder as `rethinkdb export` writes it into an archive as `rdbfs
 * dump` writes it, for tests that need one without a cluster.
 */
#include "writer/writer.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void stop(const char *what)
{
	fprintf(stderr, "pack: %s\n", what);
	exit(1);
}

static char *read_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "r");
	char *data = NULL;
	size_t n;

	*len = 0;
	do {
		data = realloc(data, *len + 65537);
		if (!file || !data)
			stop(path);
		n = fread(data + *len, 1, 65536, file);
		*len += n;
	} while (n > 0);
	data[*len] = '\0';
	fclose(file);
	return data;
}

static void pack_table(
	struct rdb_writer *writer, const char *folder, const char *db, const char *table)
{
	struct rdb_wtable *out;
	struct rdb_err err = {0};
	char path[4096];
	size_t info_len, len;

	snprintf(path, sizeof(path), "%s/%s/%s.info", folder, db, table);
	char *info = read_file(path, &info_len);
	snprintf(path, sizeof(path), "%s/%s/%s.json", folder, db, table);
	char *text = read_file(path, &len);
	if (rdb_writer_table(writer, db, table, info, len, &out, &err) != 0 ||
		rdb_wtable_write(out, text, len, &err) != 0 || rdb_wtable_end(out, -1, &err) != 0)
		stop(err.text);
	free(info);
	free(text);
}

static void pack_database(struct rdb_writer *writer, const char *folder, const char *db)
{
	struct dirent **entries;
	char path[4096], table[256];
	int count;

	snprintf(path, sizeof(path), "%s/%s", folder, db);
	count = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		char *dot = strrchr(entries[i]->d_name, '.');
		if (dot && strcmp(dot, ".json") == 0) {
			snprintf(table, sizeof(table), "%.*s", (int)(dot - entries[i]->d_name),
				entries[i]->d_name);
			pack_table(writer, folder, db, table);
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

int main(int argc, char **argv)
{
	struct rdb_writer_options options = {.type = "on-demand", .level = 1, .overwrite = true};
	struct dirent **entries;
	struct rdb_writer *writer;
	struct rdb_err err = {0};
	int count;

	if (argc != 3)
		stop("usage: pack ARCHIVE FOLDER");
	options.path = argv[1];
	if (rdb_writer_create(&options, &writer, &err) != 0)
		stop(err.text);
	count = scandir(argv[2], &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.')
			pack_database(writer, argv[2], entries[i]->d_name);
		free(entries[i]);
	}
	if (count < 0)
		stop(argv[2]);
	free(entries);
	if (rdb_writer_commit(writer, NULL, &err) != 0)
		stop(err.text);
	return 0;
}
