#include "service/service_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "compose+"
#define DEPLOYMENTS "/deployments/"
#define EXAMPLE "compose+https://HOST/2016-07/deployments/ID"

bool rdb_service_is_id(const char *text)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
	size_t len = strlen(text);

	return len > 0 && len < RDB_SERVICE_ID && strspn(text, letters) == len &&
	       strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

bool rdb_service_is_plain(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text >= 0x7f)
			return false;
	return true;
}

static bool copy_host(const char *url, char out[256])
{
	const char *host = strstr(url, "://");
	size_t len;

	if (!host)
		return false;
	host += 3;
	if (host[0] == '[')
		len = strcspn(++host, "]/");
	else
		len = strcspn(host, ":/?#");
	if (len >= 256)
		return false;
	memcpy(out, host, len);
	out[len] = '\0';
	return true;
}

bool rdb_service_is_loopback(const char *url)
{
	struct in_addr v4;
	struct in6_addr v6;
	char host[256];

	if (!copy_host(url, host))
		return false;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6);
	return strcmp(host, "localhost") == 0;
}

/* Returns the reason for refusing the address, or NULL if the address is correct. "url" is the
 * address without the prefix "compose+". */
static const char *find_fault(const char *url)
{
	const char *host = strstr(url, "://") + 3;
	size_t len = strcspn(host, "/");

	if (!rdb_service_is_plain(url) || strpbrk(url, "?#\\"))
		return "an address without white space, \"?\" and \"#\" is expected";
	if (len == 0)
		return "the host is missing";
	if (memchr(host, '@', len))
		return "the address contains a user or a password: the token belongs in a file, "
		       "see --token-file";
	if (strncmp(url, "http://", 7) == 0 && !rdb_service_is_loopback(url))
		return "http would show the token to others: use compose+https://";
	return NULL;
}

/* Splits an address of the form BASE/deployments/ID, and stores BASE and ID in *out. Returns
 * -EINVAL if the address has another form. */
static int split(const char *url, struct rdb_service_address *out)
{
	size_t len = strlen(url);
	const char *slash, *host = strstr(url, "://") + 3;
	const size_t tail = strlen(DEPLOYMENTS);

	while (len && url[len - 1] == '/')
		len--;
	slash = memrchr(url, '/', len);
	if (!slash || slash < host || (size_t)(slash + 1 - url) < tail || slash + 1 - tail < host ||
		memcmp(slash + 1 - tail, DEPLOYMENTS, tail) != 0)
		return -EINVAL;
	if (len - (size_t)(slash + 1 - url) >= RDB_SERVICE_ID)
		return -EINVAL;
	memcpy(out->deployment, slash + 1, len - (size_t)(slash + 1 - url));
	if (!rdb_service_is_id(out->deployment))
		return -EINVAL;
	out->base = strndup(url, (size_t)(slash + 1 - tail - url));
	return out->base ? 0 : -ENOMEM;
}

int rdb_service_address_parse(
	const char *text, struct rdb_service_address *out, struct rdb_err *err)
{
	const char *url = text + strlen(PREFIX), *fault;
	int ret;

	*out = (struct rdb_service_address){0};
	if (strncmp(text, "compose+https://", 16) != 0 && strncmp(text, "compose+http://", 15) != 0)
		return rdb_err_set(
			err, EINVAL, "%s is not the address of a deployment: " EXAMPLE, text);
	fault = find_fault(url);
	if (fault)
		return rdb_err_set(err, EINVAL, "compose+%.*s…: %s",
			(int)(strstr(url, "://") + 3 - url), url, fault);
	ret = split(url, out);
	if (ret == -ENOMEM)
		return rdb_err_sys(err, ENOMEM, "%s", text);
	if (ret != 0)
		return rdb_err_set(err, EINVAL, "%s names no deployment: " EXAMPLE, text);
	return 0;
}

void rdb_service_address_free(struct rdb_service_address *address)
{
	free(address->base);
	*address = (struct rdb_service_address){0};
}
