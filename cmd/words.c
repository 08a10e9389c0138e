#include "cmd/words.h"

#include "cmd/options.h"
#include "cmd/settings.h"
#include "cmd/value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Options after -o that concern other programs or are the default behaviour */
static const char *const ignored_words[] = {"defaults", "auto", "noauto", "user", "nouser", "users",
	"owner", "group", "nofail", "_netdev", "rw", "ro", "async", "relatime", "norelatime",
	"strictatime", "lazytime", "nolazytime", "silent", "loud"};

static const char *const fuse_words[] = {"fsname", "subtype", "suid", "nosuid", "dev", "nodev",
	"exec", "noexec", "atime", "noatime", "diratime", "nodiratime", "sync", "dirsync",
	"default_permissions", "context", "fscontext", "defcontext", "rootcontext"};

static bool is_word(const char *const *words, size_t count, const char *name, size_t len)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(words[i]) == len && memcmp(words[i], name, len) == 0)
			return true;
	return false;
}

static bool is_ignored(const char *name, size_t len)
{
	return is_word(ignored_words, COUNT(ignored_words), name, len) ||
	       strncmp(name, "x-", 2) == 0 || strncmp(name, "X-", 2) == 0 ||
	       (len == 7 && memcmp(name, "comment", 7) == 0);
}

/* Returns true if the user wrote the delimiter as a backslash and a "t". "written" is the option
 * before next_word() removes the backslash. */
static bool is_tab(const struct rdb_option *option, const char *written, size_t len)
{
	return option->kind == RDB_OPTION_DELIMITER && len > 3 &&
	       memcmp(written + len - 3, "=\\t", 3) == 0;
}

static int refuse_word(const char *word, size_t len, struct rdb_err *err)
{
	const struct rdb_option *meant = rdb_options_meant(word, len, ~0u, RDB_OPTION_IN_WORDS);

	if (meant)
		return rdb_err_set(err, EINVAL,
			"-o %.*s: there is no such mount option: did you mean %s?", (int)len, word,
			meant->name);
	return rdb_err_set(err, EINVAL, "-o %.*s: there is no such mount option", (int)len, word);
}

/* Sets an option of rdbfs, or stores an option for libfuse. "written" is the text of "word" with
 * the user's backslashes. */
static int apply_word(const char *word, const char *written, size_t written_len,
	struct rdb_settings *settings, struct rdb_err *err)
{
	size_t len = strcspn(word, "=");
	const char *value = word[len] ? word + len + 1 : NULL;
	const struct rdb_option *option = rdb_options_find(word, len);

	/* Ignore an empty option, because -o may have two commas in sequence. */
	if (len == 0 && !value)
		return 0;
	if (option && is_tab(option, written, written_len))
		value = "tab";
	if (option && option->places & RDB_OPTION_IN_WORDS)
		return rdb_option_set(option, value, RDB_ORIGIN_ARGV, settings, err);
	if (is_ignored(word, len))
		return 0;
	/* Keep the backslashes, because libfuse removes backslashes itself. */
	if (is_word(fuse_words, COUNT(fuse_words), word, len))
		return rdb_list_add(&settings->fuse_words, written, written_len);
	if (strcmp(word, "remount") == 0)
		return rdb_err_set(err, EINVAL,
			"-o remount: a mount can't be changed: unmount it, and mount it again");
	if (settings->sloppy)
		return 0;
	return refuse_word(word, len, err);
}

static const char *next_word(const char *words, char *word)
{
	while (*words && *words != ',') {
		if (*words == '\\' && words[1])
			words++;
		*word++ = *words++;
	}
	*word = '\0';
	return words;
}

int rdb_words_parse(const char *words, struct rdb_settings *settings, struct rdb_err *err)
{
	char *word = malloc(strlen(words) + 1);
	int ret = 0;

	if (!word)
		return rdb_err_sys(err, ENOMEM, "-o");
	while (ret == 0 && *words) {
		const char *end = next_word(words, word);
		ret = apply_word(word, words, (size_t)(end - words), settings, err);
		words = *end ? end + 1 : end;
	}
	free(word);
	return ret;
}
