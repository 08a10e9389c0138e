/* Close of a file in restore/, which the kernel sends for each descriptor of the file. */
#ifndef RDB_UPLOAD_UPLOAD_CLOSE_H
#define RDB_UPLOAD_UPLOAD_CLOSE_H

#include "upload/uploads.h"

/*
 * Called when one descriptor of the file is closed. Cancels the upload if the program was killed or
 * gave up. Otherwise finishes the upload, unless other descriptors are probably open.
 */
void rdb_upload_close(struct rdb_upload *upload, fuse_req_t req);

#endif
