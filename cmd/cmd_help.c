#include "cmd/command.h"

#include "cmd/options.h"

#include <string.h>

#define COLUMN 32 /* column where descriptions start */

static void show_option(const struct rdb_option *option, FILE *out)
{
	char left[64];
	int len = snprintf(left, sizeof(left), "  %c%c%c --%s%s%s", option->letter ? '-' : ' ',
		option->letter ? option->letter : ' ', option->letter ? ',' : ' ', option->name,
		option->value ? " " : "", option->value ? option->value : "");

	if (len < COLUMN - 1)
		fprintf(out, "%-*s%s\n", COLUMN, left, option->help);
	else
		fprintf(out, "%s\n%*s%s\n", left, COLUMN, "", option->help);
}

static void show_options(enum rdb_command_id command, FILE *out)
{
	fputs("\nOptions:\n", out);
	for (size_t i = 0; i < rdb_options_count(); i++)
		if (rdb_options_at(i)->help && rdb_options_at(i)->commands & 1u << command)
			show_option(rdb_options_at(i), out);
}

static void show_commands(FILE *out)
{
	for (size_t i = 0; i < rdb_commands_count(); i++) {
		const struct rdb_command *command = rdb_commands_at(i);
		fprintf(out, "%s rdbfs %s%s%-*s %s\n",
			i ? "      " : "Usage:", command->name ? command->name : "",
			command->name ? " " : "",
			(int)(38 - (command->name ? strlen(command->name) + 1 : 0)),
			command->arguments, command->summary);
	}
}

static void show_more(FILE *out)
{
	fputs("\n"
	      "Every mount option works as --name value, as -o name=value, in /etc/fstab, and in\n"
	      "$XDG_CONFIG_HOME/rdbfs/config.json or /etc/rdbfs/config.json.\n"
	      "\n"
	      "Exit status: 0 done; 1 an option, argument or the configuration is wrong; 2 it "
	      "could\n"
	      "not be done; 3 an archive is damaged (check); 4 restored, but with warnings; "
	      "32 it\n"
	      "could not be mounted. diff exits with 0 for equal backups, 1 for different "
	      "ones,\n"
	      "2 for trouble.\n"
	      "\n"
	      "rdbfs COMMAND --help lists a command's options; man rdbfs has all the rest.\n",
		out);
}

void rdb_help(const struct rdb_command *command, FILE *out)
{
	if (command->name)
		fprintf(out, "Usage: rdbfs %s %s\n%c%s.\n", command->name, command->arguments,
			command->summary[0] & ~0x20, command->summary + 1);
	else
		show_commands(out);
	show_options(command->id, out);
	if (!command->name)
		show_more(out);
}
