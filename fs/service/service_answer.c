#include "service/service_answer.h"

#include "base/printable.h"

#include <errno.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINK_MAX 8192         /* most bytes of a link or a connection string */
#define CERTIFICATE_MAX 65536 /* most bytes of a certificate in base64 */

/* ---- members ---- */

static int load(const char *data, size_t len, json_t **out, struct rdb_err *err)
{
	json_error_t where;

	*out = json_loadb(data ? data : "", len, 0, &where);
	if (json_is_object(*out))
		return 0;
	if (*out)
		snprintf(where.text, sizeof(where.text), "it is not an object");
	json_decref(*out);
	*out = NULL;
	return rdb_err_set(
		err, EBADMSG, "the service's answer can't be understood: %s", where.text);
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static void copy(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text);
	rdb_printable(out, strlen(out));
}

static unsigned number_of(const json_t *object, const char *name)
{
	json_int_t number = json_integer_value(json_object_get(object, name));

	return number > 0 && number < 1000000 ? (unsigned)number : 0;
}

static bool copy_id(const json_t *object, char out[RDB_SERVICE_ID])
{
	const char *id = text_of(object, "id");

	if (!rdb_service_is_id(id))
		return false;
	strcpy(out, id);
	return true;
}

/* ---- times ---- */

/* Returns seconds east of Greenwich for a time zone such as "+02:00" or "-0700", or 0 if the text
 * is "Z" or invalid. */
static long offset_of(const char *text)
{
	int hours = 0, minutes = 0;

	if (text[0] != '+' && text[0] != '-')
		return 0;
	if (sscanf(text + 1, "%2d:%2d", &hours, &minutes) != 2 &&
		sscanf(text + 1, "%2d%2d", &hours, &minutes) != 2)
		return 0;
	if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
		return 0;
	return (text[0] == '-' ? -1 : 1) * (hours * 3600L + minutes * 60L);
}

time_t rdb_service_time(const char *text)
{
	struct tm tm = {0};
	int used = 0;
	time_t time;

	if (sscanf(text, "%4d-%2d-%2d%*1[T ]%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
		    &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &used) != 6)
		return 0;
	if (tm.tm_year < 1970 || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 ||
		tm.tm_mday > 31 || tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 ||
		tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60)
		return 0;
	text += used;
	if (*text == '.')
		text += 1 + strspn(text + 1, "0123456789");
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	time = timegm(&tm) - offset_of(text);
	return time > 0 ? time : 0;
}

/* ---- backups ---- */

static bool read_backup(const json_t *object, struct rdb_service_backup *out)
{
	*out = (struct rdb_service_backup){0};
	if (!json_is_object(object) || !copy_id(object, out->id))
		return false;
	copy(out->name, sizeof(out->name), text_of(object, "name"));
	copy(out->type, sizeof(out->type), text_of(object, "type"));
	copy(out->status, sizeof(out->status), text_of(object, "status"));
	out->downloadable = json_is_true(json_object_get(object, "is_downloadable"));
	out->created = rdb_service_time(text_of(object, "created_at"));
	return true;
}

/* Finds the array NAME in the service's answer, and stores the array in *out. The answer has the
 * form {"_embedded":{NAME:[…]}}. */
static int find_array(const json_t *root, const char *name, const json_t **out, struct rdb_err *err)
{
	*out = json_object_get(json_object_get(root, "_embedded"), name);
	if (!json_is_array(*out))
		return rdb_err_set(err, EBADMSG,
			"the service's answer can't be understood: it has no list of %s", name);
	if (json_array_size(*out) > RDB_SERVICE_BACKUPS_MAX)
		return rdb_err_set(err, EBADMSG, "the service lists more than %d %s",
			RDB_SERVICE_BACKUPS_MAX, name);
	return 0;
}

static int read_array(const json_t *array, struct rdb_service_backup **out, size_t *count)
{
	size_t i;
	json_t *item;

	*out = NULL;
	*count = 0;
	if (json_array_size(array) == 0)
		return 0;
	*out = calloc(json_array_size(array), sizeof(**out));
	if (!*out)
		return -ENOMEM;
	json_array_foreach(array, i, item) *count += read_backup(item, &(*out)[*count]);
	return 0;
}

int rdb_service_read_backups(const char *data, size_t len, struct rdb_service_backup **out,
	size_t *count, struct rdb_err *err)
{
	const json_t *array;
	json_t *root;
	int ret = load(data, len, &root, err);

	*out = NULL;
	*count = 0;
	if (ret == 0)
		ret = find_array(root, "backups", &array, err);
	if (ret == 0 && read_array(array, out, count) != 0)
		ret = rdb_err_sys(err, ENOMEM, "the list of backups");
	json_decref(root);
	return ret;
}

static json_t *json_of(const struct rdb_service_backup *backup)
{
	char created[32] = "";
	struct tm tm;

	if (backup->created && gmtime_r(&backup->created, &tm))
		strftime(created, sizeof(created), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_pack("{s:s, s:s*, s:s, s:s, s:b, s:s}", "id", backup->id, "name", backup->name,
		"type", backup->type, "status", backup->status, "is_downloadable",
		backup->downloadable, "created_at", created);
}

static int append(const char *data, size_t len, void *arg)
{
	return rdb_buf_add(arg, data, len);
}

int rdb_service_write_backups(
	const struct rdb_service_backup *backups, size_t count, struct rdb_buf *out)
{
	json_t *array = json_array(), *root = json_pack("{s:{s:O}}", "_embedded", "backups", array);
	int ret = array && root ? 0 : -ENOMEM;

	for (size_t i = 0; i < count && ret == 0; i++)
		if (json_array_append_new(array, json_of(&backups[i])) != 0)
			ret = -ENOMEM;
	if (ret == 0 && json_dump_callback(root, append, out, JSON_COMPACT) != 0)
		ret = -ENOMEM;
	json_decref(root);
	json_decref(array);
	return ret;
}

static int copy_text(const json_t *value, size_t most, char **out)
{
	const char *text = json_string_value(value);

	*out = NULL;
	if (!text || !*text || strlen(text) > most || !rdb_service_is_plain(text))
		return 0;
	*out = strdup(text);
	return *out ? 0 : -ENOMEM;
}

int rdb_service_read_backup(const char *data, size_t len, struct rdb_service_backup *out,
	char **link, struct rdb_err *err)
{
	json_t *root;
	int ret = load(data, len, &root, err);

	*link = NULL;
	if (ret == 0 && !read_backup(root, out))
		ret = rdb_err_set(err, EBADMSG,
			"the service's answer can't be understood: it is not a backup");
	if (ret == 0 && copy_text(json_object_get(root, "download_link"), LINK_MAX, link) != 0)
		ret = rdb_err_sys(err, ENOMEM, "a download link");
	json_decref(root);
	return ret;
}

/* ---- recipes ---- */

static enum rdb_service_recipe_state state_of(const char *status)
{
	if (strcmp(status, "complete") == 0)
		return RDB_SERVICE_DONE;
	if (strcmp(status, "running") == 0 || strcmp(status, "waiting") == 0)
		return RDB_SERVICE_RUNNING;
	return RDB_SERVICE_FAILED;
}

static void read_words(const json_t *root, struct rdb_service_recipe *out)
{
	const char *detail = text_of(root, "status_detail");
	const char *name = text_of(root, "name"), *status = text_of(root, "status");

	if (!*detail)
		detail = text_of(
			root, "status_details"); /* spelled as in the service's documentation */
	if (*detail)
		copy(out->words, sizeof(out->words), detail);
	else
		snprintf(out->words, sizeof(out->words), "%.200s%s%.40s", name, *name ? ": " : "",
			status);
	rdb_printable(out->words, strlen(out->words));
}

int rdb_service_read_recipe(
	const char *data, size_t len, struct rdb_service_recipe *out, struct rdb_err *err)
{
	json_t *root;
	int ret = load(data, len, &root, err);

	*out = (struct rdb_service_recipe){0};
	if (ret == 0 && (!copy_id(root, out->id) || !*text_of(root, "status")))
		ret = rdb_err_set(err, EBADMSG,
			"the service's answer can't be understood: it is not a recipe");
	if (ret == 0) {
		out->state = state_of(text_of(root, "status"));
		read_words(root, out);
		out->total = number_of(root, "operations_total");
		out->done = number_of(root, "operations_complete");
		if (out->done > out->total)
			out->done = out->total;
	}
	json_decref(root);
	return ret;
}

/* ---- deployments ---- */

/* Decodes a base64 text into a string that the caller frees. Returns NULL with 0 in errno if the
 * text is not base64, or NULL with ENOMEM in errno if memory is exhausted. */
static char *decode(const char *text)
{
	size_t len = strlen(text), pad = 0;
	unsigned char *out;
	int n;

	errno = 0;
	if (len == 0 || len % 4 || len > CERTIFICATE_MAX)
		return NULL;
	while (pad < 2 && text[len - 1 - pad] == '=')
		pad++;
	out = malloc(len / 4 * 3 + 1);
	if (!out)
		return NULL;
	n = EVP_DecodeBlock(out, (const unsigned char *)text, (int)len);
	if (n < (int)pad) {
		free(out);
		errno = 0;
		return NULL;
	}
	out[(size_t)n - pad] = '\0';
	return (char *)out;
}

static int copy_certificate(const json_t *root, struct rdb_service_deployment *out)
{
	char *pem = decode(text_of(root, "ca_certificate_base64"));

	if (!pem)
		return errno == ENOMEM ? -ENOMEM : 0;
	if (strncmp(pem, "-----BEGIN CERTIFICATE-----", 27) != 0) {
		free(pem);
		return 0;
	}
	out->certificate = pem;
	return 0;
}

int rdb_service_read_deployment(
	const char *data, size_t len, struct rdb_service_deployment *out, struct rdb_err *err)
{
	const json_t *direct;
	json_t *root;
	int ret = load(data, len, &root, err);

	*out = (struct rdb_service_deployment){0};
	if (ret != 0)
		return ret;
	copy(out->type, sizeof(out->type), text_of(root, "type"));
	direct = json_object_get(json_object_get(root, "connection_strings"), "direct");
	ret = copy_text(json_is_array(direct) ? json_array_get(direct, 0) : direct, LINK_MAX,
		&out->connect);
	if (ret == 0)
		ret = copy_certificate(root, out);
	json_decref(root);
	return ret ? rdb_err_sys(err, ENOMEM, "a deployment's description") : 0;
}

void rdb_service_deployment_free(struct rdb_service_deployment *deployment)
{
	free(deployment->connect);
	free(deployment->certificate);
	*deployment = (struct rdb_service_deployment){0};
}

/* ---- errors ---- */

static void add_error(const char *field, const json_t *message, char out[RDB_SERVICE_NAME])
{
	size_t used = strlen(out);
	const char *text = json_string_value(message);

	if (text && used < RDB_SERVICE_NAME - 1)
		snprintf(out + used, RDB_SERVICE_NAME - used, "%s%s%s%s", used ? "; " : "",
			field ? field : "", field ? ": " : "", text);
}

static void add_errors(const char *field, const json_t *value, char out[RDB_SERVICE_NAME])
{
	size_t i;
	json_t *item;

	if (!json_is_array(value)) {
		add_error(field, value, out);
		return;
	}
	json_array_foreach(value, i, item) add_error(field, item, out);
}

void rdb_service_read_error(const char *data, size_t len, char out[RDB_SERVICE_NAME])
{
	json_t *root, *errors, *value;
	const char *field;

	out[0] = '\0';
	if (load(data, len, &root, NULL) != 0)
		return;
	errors = json_object_get(root, "errors");
	if (json_is_object(errors)) {
		json_object_foreach(errors, field, value) add_errors(field, value, out);
	} else {
		add_errors(NULL, errors, out);
	}
	json_decref(root);
	rdb_printable(out, strlen(out));
}
