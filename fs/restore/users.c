#include "restore/users.h"

#include "reql/term.h"
#include "reql/write_result.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define RANDOM_BYTES 24
#define ADMIN "admin"

struct restoring {
	struct rdb_system *system;
	const struct rdb_users_options *options;
	const json_t *have; /* rows of the cluster's table rethinkdb.users */
	struct rdb_users_outcome *outcome;
};

static void forget_query(struct rdb_buf *query)
{
	if (query->data)
		explicit_bzero(query->data, query->cap);
	rdb_buf_free(query);
}

static void forget_text(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

/* ---- preparing ---- */

static void warn_of_unknown(struct rdb_system *system, const json_t *passwords)
{
	const char *name;
	json_t *password;

	json_object_foreach((json_t *)passwords, name, password)
	{
		if (!rdb_system_find(rdb_system_rows(system, "users"), "id", name))
			rdb_system_warn(
				system, "user %s has a password, but is not in the backup", name);
	}
}

int rdb_users_prepare(struct rdb_system *system, const struct rdb_users_options *options,
	json_t **have, struct rdb_err *err)
{
	int ret = rdb_system_ask(system, "users", have, err);

	if (ret != 0) {
		rdb_err_prefix(err, "users: ");
		return ret;
	}
	warn_of_unknown(system, options->passwords);
	return 0;
}

/* ---- passwords ---- */

static json_t *random_password(void)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[RANDOM_BYTES];
	char text[2 * RANDOM_BYTES + 1] = "";
	json_t *password = NULL;

	if (getrandom(bytes, sizeof(bytes), 0) == (ssize_t)sizeof(bytes)) {
		for (size_t i = 0; i < RANDOM_BYTES; i++) {
			text[2 * i] = digits[bytes[i] >> 4];
			text[2 * i + 1] = digits[bytes[i] & 15];
		}
		password = json_string(text);
	}
	explicit_bzero(bytes, sizeof(bytes));
	explicit_bzero(text, sizeof(text));
	return password;
}

enum password { GIVEN, NONE, RANDOM };

static enum password password_kind(const struct restoring *r, const json_t *user)
{
	if (json_object_get(r->options->passwords, rdb_system_text(user, "id")))
		return GIVEN;
	return json_is_false(json_object_get(user, "password")) ? NONE : RANDOM;
}

/* Returns a new user's password: a JSON string, or JSON false if the user gets no password. The
 * caller owns the returned reference. */
static json_t *choose_password(const struct restoring *r, const json_t *user)
{
	switch (password_kind(r, user)) {
	case GIVEN:
		return json_incref(
			json_object_get(r->options->passwords, rdb_system_text(user, "id")));
	case NONE:
		return json_false();
	default:
		return random_password();
	}
}

/* ---- users ---- */

static int run_write(struct restoring *r, struct rdb_buf *query, struct rdb_err *err)
{
	json_t *answer = NULL;
	bool again = false;
	int ret = rdb_client_value(r->system->client, query, &answer, &again, err);

	if (ret == 0)
		ret = rdb_write_result_check_system(answer, err);
	if ((ret == -EINVAL || ret == -EEXIST) && again) { /* an earlier attempt has succeeded */
		rdb_err_clear(err);
		ret = 0;
	}
	json_decref(answer);
	return ret;
}

/* Writes "row" to the cluster's table rethinkdb.users. Updates the row of the user "name" if
 * "exists" is true, or inserts a new row otherwise. Takes ownership of "row", and returns -ENOMEM
 * if "row" is NULL. */
static int write_row(
	struct restoring *r, const char *name, json_t *row, bool exists, struct rdb_err *err)
{
	char *text = row ? json_dumps(row, JSON_COMPACT) : NULL;
	struct rdb_buf query = {0};
	int ret = !text    ? -ENOMEM
		  : exists ? rdb_query_system_update(&query, "users", name, text)
			   : rdb_query_system_insert(&query, "users", text);

	ret = ret ? rdb_err_sys(err, -ret, exists ? "a password" : "a new user")
		  : run_write(r, &query, err);
	forget_query(&query);
	forget_text(text);
	json_decref(row);
	return ret;
}

static int create_user(struct restoring *r, const json_t *user, struct rdb_err *err)
{
	const char *name = rdb_system_text(user, "id");
	json_t *password = choose_password(r, user);

	return write_row(r, name,
		password ? json_pack("{s:s, s:o}", "id", name, "password", password) : NULL, false,
		err);
}

static int change_password(struct restoring *r, const char *name, struct rdb_err *err)
{
	json_t *password = json_object_get(r->options->passwords, name);

	return write_row(r, name, json_pack("{s:O}", "password", password), true, err);
}

static const char *done(const struct restoring *r, const char *would, const char *did)
{
	return r->system->dry_run ? would : did;
}

static int restore_new(struct restoring *r, const json_t *user, struct rdb_err *err)
{
	static const char *const with[] = {"with the password given",
		"without a password, as in the backup", "with a random password"};
	const char *name = rdb_system_text(user, "id");
	struct rdb_buf *need = &r->outcome->need_password;
	enum password kind = password_kind(r, user);
	int ret = r->system->dry_run ? 0 : create_user(r, user, err);

	if (ret != 0)
		return ret;
	rdb_system_say(r->system, "user %s: %s, %s", name, done(r, "would be created", "created"),
		with[kind]);
	if (kind == RANDOM && rdb_buf_printf(need, "%s%s", need->len ? ", " : "", name) != 0)
		return rdb_err_sys(err, ENOMEM, "users");
	return 0;
}

static int restore_existing(struct restoring *r, const json_t *user, struct rdb_err *err)
{
	const char *name = rdb_system_text(user, "id");
	bool password = json_object_get(r->options->passwords, name) != NULL;
	int ret = password && !r->system->dry_run ? change_password(r, name, err) : 0;

	if (ret != 0)
		return ret;
	rdb_system_say(r->system, "user %s exists: its %spermissions %s", name,
		password ? "password and " : "",
		done(r, "would be those of the backup", "are those of the backup"));
	return 0;
}

/* ---- permissions ---- */

/* Scope of a row of rethinkdb.permissions. The row's id is [user] for EVERYWHERE, [user, database]
 * for DATABASE, and [user, database, table] for TABLE. */
enum place { EVERYWHERE, DATABASE, TABLE, PLACES };

struct permission {
	enum place place;
	char db[RDB_SYSTEM_NAME], table[RDB_SYSTEM_NAME];
	char where[2 * RDB_SYSTEM_NAME + 16]; /* scope in messages */
};

static bool find_place(const struct rdb_system *system, const json_t *row, struct permission *out)
{
	const char *db = rdb_system_text(row, "database"), *table = rdb_system_text(row, "table");
	size_t parts = json_array_size(json_object_get(row, "id"));

	if (parts < 1 || parts > PLACES)
		return false;
	*out = (struct permission){.place = (enum place)(parts - 1), .where = "everything"};
	if (out->place == EVERYWHERE)
		return true;
	if (!*db || (out->place == TABLE && !*table))
		return false;
	if (strcmp(db, "rethinkdb") == 0) {
		strcpy(out->db, db);
		snprintf(out->table, sizeof(out->table), "%s", table);
	} else if (!rdb_system_target(
			   system, db, out->place == TABLE ? table : NULL, out->db, out->table)) {
		return false;
	}
	snprintf(out->where, sizeof(out->where), "%s%s%s", out->db, *table ? "." : "",
		out->place == TABLE ? out->table : "");
	return true;
}

/* Returns the row's permissions as JSON text for a grant query. A flag that the row lacks is set to
 * null, because null removes the permission in the cluster. */
static char *flags_of(const json_t *row, enum place place)
{
	static const char *const names[] = {"read", "write", "config", "connect"};
	const json_t *flags = json_object_get(row, "permissions");
	json_t *out = json_object();
	char *text;

	for (size_t i = 0; i < (place == EVERYWHERE ? 4 : 3); i++) {
		json_t *flag = json_object_get(flags, names[i]);
		json_object_set_new(
			out, names[i], json_is_boolean(flag) ? json_incref(flag) : json_null());
	}
	text = json_dumps(out, JSON_COMPACT);
	json_decref(out);
	return text;
}

static void words_of(const json_t *row, char words[64])
{
	const char *name;
	json_t *flag;
	size_t len = 0;

	words[0] = '\0';
	json_object_foreach(json_object_get(row, "permissions"), name, flag)
	{
		if (json_is_boolean(flag) && strlen(name) < 8 && len < 48)
			len += (size_t)snprintf(words + len, 64 - len, "%s%s%s", len ? ", " : "",
				json_is_true(flag) ? "" : "no ", name);
	}
}

static int run_grant(struct restoring *r, const char *user, const json_t *row,
	const struct permission *at, struct rdb_err *err)
{
	struct rdb_client *client = r->system->client;
	char *flags = flags_of(row, at->place);
	int ret;

	if (!flags)
		ret = rdb_err_sys(err, ENOMEM, "a permission");
	else if (at->place == EVERYWHERE)
		ret = RDB_CLIENT_RUN(client, NULL, err, rdb_query_grant_all, user, flags);
	else if (at->place == DATABASE)
		ret = RDB_CLIENT_RUN(client, NULL, err, rdb_query_grant_db, at->db, user, flags);
	else
		ret = RDB_CLIENT_RUN(
			client, NULL, err, rdb_query_grant, at->db, at->table, user, flags);
	free(flags);
	return ret;
}

static int grant(struct restoring *r, const char *user, const json_t *row, struct rdb_err *err)
{
	struct permission at;
	char words[64];
	int ret;

	if (!find_place(r->system, row, &at))
		return 0;
	words_of(row, words);
	ret = r->system->dry_run ? 0 : run_grant(r, user, row, &at, err);
	if (ret == 0)
		rdb_system_say(r->system, "user %s: %s on %s", user, words, at.where);
	else
		rdb_err_prefix(err, "%s on %s: ", words, at.where);
	return ret;
}

/* ---- all users ---- */

static int note_failure(struct restoring *r, const char *user, int ret, const struct rdb_err *err)
{
	if (ret == -ECANCELED || ret == -ENOMEM)
		return ret;
	rdb_system_warn(r->system, "user %s: %s", user, err->text);
	return 0;
}

static int grant_all(struct restoring *r, const char *user, struct rdb_err *err)
{
	size_t i;
	json_t *row;
	int ret = 0;

	json_array_foreach(rdb_system_rows(r->system, "permissions"), i, row)
	{
		if (strcmp(rdb_system_text(row, "user"), user) != 0)
			continue;
		rdb_err_clear(err);
		ret = grant(r, user, row, err);
		if (ret != 0)
			ret = note_failure(r, user, ret, err);
		if (ret != 0)
			break;
	}
	return ret;
}

static int restore_user(struct restoring *r, const json_t *user, struct rdb_err *err)
{
	const char *name = rdb_system_text(user, "id");
	bool exists = rdb_system_find(r->have, "id", name);
	int ret;

	if (!*name || strcmp(name, ADMIN) == 0)
		return 0;
	r->outcome->users++;
	if (exists && !r->options->force) {
		rdb_system_say(r->system,
			"user %s exists, and is left as it is (--force grants it the backup's "
			"permissions)",
			name);
		return 0;
	}
	ret = exists ? restore_existing(r, user, err) : restore_new(r, user, err);
	return ret ? note_failure(r, name, ret, err) : grant_all(r, name, err);
}

int rdb_users_restore(struct rdb_system *system, const struct rdb_users_options *options,
	const json_t *have, struct rdb_users_outcome *outcome, struct rdb_err *err)
{
	struct restoring r = {
		.system = system, .options = options, .have = have, .outcome = outcome};
	size_t i;
	json_t *user;
	int ret = 0;

	json_array_foreach(rdb_system_rows(system, "users"), i, user)
	{
		rdb_err_clear(err);
		ret = restore_user(&r, user, err);
		if (ret != 0)
			break;
	}
	if (ret == 0)
		rdb_err_clear(err);
	return ret;
}
