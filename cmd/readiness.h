/* Reports the program's state to systemd, under Type=notify. */
#ifndef RDB_CMD_READINESS_H
#define RDB_CMD_READINESS_H

/* state: "READY=1", "STOPPING=1"; see sd_notify(3). 0 also without systemd; -errno. */
int rdb_notify(const char *state);

#endif
