/* The times of backups, and their order by age. */
#include "store/file_name.h"
#include "store/store.h"

/* Returns true if the recorded time and the time in the file's name can be the same moment in
 * different time zones. */
static bool is_same_moment(time_t recorded, time_t name)
{
	return recorded - name <= RDB_AGE_ZONES && name - recorded <= RDB_AGE_ZONES;
}

time_t rdb_age_own(time_t recorded, const char *top, time_t listed, bool dated)
{
	time_t time;

	if (recorded && (!dated || is_same_moment(recorded, listed)))
		return recorded;
	return !dated && rdb_name_time(top, &time) ? time : 0;
}

int rdb_age_order(time_t one, const char *one_name, time_t other, const char *other_name)
{
	if (one != other)
		return one > other ? -1 : 1;
	return strcmp(other_name, one_name);
}

int rdb_entry_by_age(const void *a, const void *b)
{
	const struct rdb_entry *x = *(const struct rdb_entry *const *)a;
	const struct rdb_entry *y = *(const struct rdb_entry *const *)b;

	return rdb_age_order(x->taken, x->name, y->taken, y->name);
}

int rdb_aged_entry_by_age(const void *a, const void *b)
{
	const struct rdb_aged_entry *x = a, *y = b;

	return rdb_age_order(x->taken, x->entry->name, y->taken, y->entry->name);
}
