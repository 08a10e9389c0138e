/* Close of a file in restore/, which the kernel sends for each descriptor of the file. */
#ifndef RDB_UPLOAD_UPLOAD_CLOSE_H
#define RDB_UPLOAD_UPLOAD_CLOSE_H

#include "upload/uploads.h"

/*
 * Called when one descriptor of the file is closed. Cancels the upload if the writing program was
 * killed or has given up. Otherwise finishes the upload, unless the file is probably still open in
 * another descriptor. The request is answered at once, or when the upload has ended.
 */
void rdb_upload_close(struct rdb_upload *upload, fuse_req_t req);

#endif
