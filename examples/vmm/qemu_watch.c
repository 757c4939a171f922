/* qemu_watch.c - reads the lines of QEMU's trace that tell when a picture is whole. */
#include "qemu_watch.h"
#include "host/options.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The first of them comes when the machine starts, whatever the guest does: a QEMU that was built
 * without a trace that can be read is found out by its absence. */
const char *const watch_events[] = {
    "runstate_set", "virtio_gpu_cmd_set_scanout", "virtio_gpu_cmd_res_flush", NULL
};

static bool covers(const struct rectangle *outer, const struct rectangle *inner)
{
    return outer->x <= inner->x && outer->y <= inner->y
        && (uint64_t)outer->x + outer->width >= (uint64_t)inner->x + inner->width
        && (uint64_t)outer->y + outer->height >= (uint64_t)inner->y + inner->height;
}

/* What follows the event's name in a line, or null if the line is of another event. */
static const char *event(const char *line, const char *name)
{
    const char *at = strstr(line, name);

    return at != NULL && at[strlen(name)] == ' ' ? at + strlen(name) : NULL;
}

static enum watched set_scanout(struct watch *w, const char *text)
{
    unsigned id, resource;
    struct rectangle r;

    if (sscanf(text, " id %u, res 0x%x, w %u, h %u, x %u, y %u",
               &id, &resource, &r.width, &r.height, &r.x, &r.y) == 6 && id == 0) {
        w->scanouts++;
        w->resource = resource;
        w->scanout = r;
        w->whole = false;
    }
    return WATCH_SEEN;
}

static enum watched flush(struct watch *w, const char *text)
{
    unsigned resource;
    struct rectangle r;

    if (sscanf(text, " res 0x%x, w %u, h %u, x %u, y %u",
               &resource, &r.width, &r.height, &r.x, &r.y) != 5)
        return WATCH_SEEN;
    w->frames++;
    if (resource == w->resource && resource != 0 && covers(&r, &w->scanout))
        w->whole = true;
    return WATCH_FRAME;
}

/* The trace comes before QEMU looks at a command. If it then refuses it, -d guest_errors says so
 * in a line of its own, which begins with the name of the function. */
static bool refused(const char *line)
{
    static const char *const functions[] = {
        "virtio_gpu_resource_flush:", "virtio_gpu_set_scanout:", "virtio_gpu_do_set_scanout:", NULL
    };

    for (int i = 0; functions[i] != NULL; i++)
        if (strncmp(line, functions[i], strlen(functions[i])) == 0)
            return true;
    return false;
}

enum watched watch_line(struct watch *w, const char *line)
{
    const char *text;

    if ((text = event(line, "virtio_gpu_cmd_set_scanout")) != NULL)
        return set_scanout(w, text);
    if ((text = event(line, "virtio_gpu_cmd_res_flush")) != NULL)
        return flush(w, text);
    if (event(line, "runstate_set") != NULL) {
        w->alive = true;
        return WATCH_SEEN;
    }
    if (refused(line))
        w->whole = false;
    return WATCH_NOT_MINE;
}

void watch_explain(const struct watch *w)
{
    if (!w->alive) {
        say("this QEMU writes no trace that can be read, so whether there is a picture is unknown");
        return;
    }
    if (w->scanouts == 0)
        say("no picture: the guest never set a scanout (SET_SCANOUT, [5.7.6.8])");
    else if (w->resource == 0)
        say("no picture: the guest switched its scanout off");
    else if (w->frames == 0)
        say("no picture: a scanout was set, but no RESOURCE_FLUSH followed [5.7.6.8]");
    else if (!w->whole)
        say("no picture: no RESOURCE_FLUSH covered the whole scanout, %ux%u at %u,%u [5.7.6.8]",
            w->scanout.width, w->scanout.height, w->scanout.x, w->scanout.y);
    say("(if no picture is wanted: --display none)");
}
