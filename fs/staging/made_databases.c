#include "staging/made_databases.h"

#include <jansson.h>

void rdb_made_databases_init(struct rdb_made_databases *databases)
{
	databases->names = NULL;
	pthread_mutex_init(&databases->lock, NULL);
}

void rdb_made_databases_free(struct rdb_made_databases *databases)
{
	json_decref(databases->names);
	pthread_mutex_destroy(&databases->lock);
}

void rdb_made_databases_add(struct rdb_made_databases *databases, const char *db)
{
	pthread_mutex_lock(&databases->lock);
	if (!databases->names)
		databases->names = json_object();
	if (databases->names)
		json_object_set_new(databases->names, db, json_true());
	pthread_mutex_unlock(&databases->lock);
}

bool rdb_made_databases_has(struct rdb_made_databases *databases, const char *db)
{
	bool has;

	pthread_mutex_lock(&databases->lock);
	has = json_object_get(databases->names, db);
	pthread_mutex_unlock(&databases->lock);
	return has;
}

void rdb_made_databases_keep(struct rdb_made_databases *databases, const char *db)
{
	pthread_mutex_lock(&databases->lock);
	json_object_del(databases->names, db);
	pthread_mutex_unlock(&databases->lock);
}
