/* Something happens on the host at any moment of what the driver does: a filter that
 * counts the driver's register accesses and calls a function before the n-th. */
#ifndef INJECT_H
#define INJECT_H

#include "tests/world/world.h"

typedef struct inject {
    world_filter filter;
    unsigned long seen, when;           /* accesses; before which it happens */
    void (*happens)(void *to);
    void *to;
} inject;

static inline void inject_access(inject *i)
{
    if (i->seen++ == i->when)
        i->happens(i->to);
}

/* world_filter sees a read when it is over: what happens then is in time for the next. */
static inline void inject_read(void *self, uint64_t at, unsigned bytes, uint64_t *value)
{
    (void)at;
    (void)bytes;
    (void)value;
    inject_access(self);
}

static inline int inject_write(void *self, uint64_t at, unsigned bytes, uint64_t value)
{
    (void)at;
    (void)bytes;
    (void)value;
    inject_access(self);
    return 0;
}

static inline void inject_at(inject *i, unsigned long when, void (*happens)(void *), void *to)
{
    i->seen = 0;
    i->when = when;
    i->happens = happens;
    i->to = to;
    i->filter.self = i;
    i->filter.read = inject_read;
    i->filter.write = inject_write;
    world_filter_set(&i->filter);
}

#endif
