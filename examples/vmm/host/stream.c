/* stream.c - lines out of bytes, and output that waits for its reader. */
#include "stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void lines_end(struct lines *l, line_reader *reader, void *context)
{
    if (l->length > 0 && l->text[l->length - 1] == '\r')
        l->length--;
    l->text[l->length] = 0;
    if (l->length > 0) {
        size_t n = l->length < sizeof l->last ? l->length : sizeof l->last - 1;

        memcpy(l->last, l->text, n);
        l->last[n] = 0;
        if (reader != NULL)
            reader(context, l->text);
    }
    l->length = 0;
}

void lines_feed(struct lines *l, const char *bytes, size_t n, line_reader *reader, void *context)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == '\n')
            lines_end(l, reader, context);
        else if (bytes[i] != 0 && l->length < sizeof l->text - 1)
            l->text[l->length++] = bytes[i];
    }
}

/* ---- The backlog -------------------------------------------------------------------------- */

bool backlog_empty(const struct backlog *b)
{
    return b->start == b->end;
}

void backlog_add(struct backlog *b, const char *bytes, size_t n)
{
    if (b->broken || n == 0)
        return;
    if (b->end + n > b->room && b->start > 0) {
        memmove(b->bytes, b->bytes + b->start, b->end - b->start);
        b->end -= b->start;
        b->start = 0;
    }
    if (b->end + n > b->room) {
        size_t room = (b->end + n) * 2;
        char *more = realloc(b->bytes, room);

        if (more == NULL)
            return;
        b->bytes = more;
        b->room = room;
    }
    memcpy(b->bytes + b->end, bytes, n);
    b->end += n;
}

/* A blocking descriptor (it is shared with the shell, so it stays so) takes BACKLOG_PART at once
 * without waiting: PIPE_BUF is at least that, and poll counts a pipe as ready from there on. */
void backlog_write(struct backlog *b)
{
    size_t n = b->end - b->start < BACKLOG_PART ? b->end - b->start : BACKLOG_PART;
    ssize_t done = write(b->fd, b->bytes + b->start, n);

    if (done > 0)
        b->start += (size_t)done;
    else if (done < 0 && errno != EINTR && errno != EAGAIN)
        b->broken = true;
    if (b->broken || backlog_empty(b))
        b->start = b->end = 0;
}
