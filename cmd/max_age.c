#include "cmd/max_age.h"

#include <errno.h>
#include <stdio.h>

static const char *age_words(time_t age, char words[32])
{
	if (age >= 2 * 86400)
		snprintf(words, 32, "%lld days", (long long)age / 86400);
	else if (age >= 2 * 3600)
		snprintf(words, 32, "%lld h", (long long)age / 3600);
	else
		snprintf(words, 32, "%lld min", (long long)age / 60);
	return words;
}

int rdb_max_age_check(const char *where, const struct rdb_max_age_backup *backup, uint64_t max_age,
	struct rdb_err *err)
{
	time_t age = time(NULL) - backup->taken;
	char words[2][32];

	if (max_age == 0)
		return 0;
	if (!backup->name)
		return rdb_err_set(err, ESTALE, "%s: there is no good backup", where);
	if (backup->unreachable)
		return rdb_err_set(err, ESTALE, "%s: the newest backup, %s, can't be read: %s",
			where, backup->name, backup->unreachable);
	if (age <= 0 || (uint64_t)age <= max_age)
		return 0;
	return rdb_err_set(err, ESTALE, "%s: the newest good backup, %s, is %s old: more than %s",
		where, backup->name, age_words(age, words[0]),
		age_words((time_t)max_age, words[1]));
}
