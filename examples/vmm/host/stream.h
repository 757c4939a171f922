/* stream.h - bytes on their way: cut into lines, or kept until the reader has room for them. */
#ifndef VMM_STREAM_H
#define VMM_STREAM_H

#include <stdbool.h>
#include <stddef.h>

/* Cuts bytes into lines. Longer ones than fit are cut; "\r" before "\n" is dropped. */
struct lines {
    char   text[1024];                  /* the line that is not complete yet */
    size_t length;
    char   last[200];                   /* the beginning of the last one that was not empty */
};

typedef void line_reader(void *context, char *line);
void lines_feed(struct lines *l, const char *bytes, size_t n, line_reader *reader, void *context);
void lines_end(struct lines *l, line_reader *reader, void *context);   /* what came without "\n" */

/* Output that never keeps us from reading: QEMU's console drops what its host does not take, so
 * what a slow terminal cannot take yet is kept here. */
struct backlog {
    int    fd;
    char  *bytes;
    size_t start, end, room;
    bool   broken;                      /* the reader went away */
};

void backlog_add(struct backlog *b, const char *bytes, size_t n);
bool backlog_empty(const struct backlog *b);
void backlog_write(struct backlog *b);  /* call when poll says POLLOUT: writes a little of it */
enum { BACKLOG_PART = 512 };            /* as much as that at once */

#endif
