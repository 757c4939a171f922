/* screen.c - draws "squares" (examples/kernel/picture.c tells what that is) through Linux's DRM:
 * a buffer in memory, shown by SETCRTC; each square is drawn later, and told by a rectangle that
 * changed. At last a cursor is shown, moved and taken away. */
#include "screen.h"

#include <drm/drm.h>
#include <drm/drm_mode.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

enum { WHITE = 0xffffff, BAR = 0x2c3e50, PANEL = 0x1a1a2e, CURSOR = 64 };

static const uint32_t squares[5] = { 0xff5733, 0xffc300, 0x28b463, 0x3498db, 0x9b59b6 };

/* ---- Asking DRM ------------------------------------------------------------------------------ */

static bool ask(int fd, unsigned long request, void *words, const char *name)
{
    if (ioctl(fd, request, words) == 0)
        return true;
    perror(name);
    return false;
}
#define ASK(fd, name, words) ask(fd, DRM_IOCTL_##name, words, #name)

/* The first connector, the first thing that scans out, and the mode that the display likes best:
 * they are listed in that order. */
struct output {
    uint32_t                connector, crtc;
    struct drm_mode_modeinfo mode;
};

static bool find_output(int fd, struct output *o)
{
    uint32_t connectors[16], crtcs[16];
    struct drm_mode_modeinfo modes[64];
    struct drm_mode_card_res all = { .count_connectors = 16, .count_crtcs = 16,
        .connector_id_ptr = (uintptr_t)connectors, .crtc_id_ptr = (uintptr_t)crtcs };
    struct drm_mode_get_connector one = { .count_modes = 64, .modes_ptr = (uintptr_t)modes };

    if (!ASK(fd, MODE_GETRESOURCES, &all) || all.count_connectors == 0 || all.count_crtcs == 0)
        return false;
    one.connector_id = connectors[0];
    if (!ASK(fd, MODE_GETCONNECTOR, &one) || one.count_modes == 0)
        return false;
    *o = (struct output){ connectors[0], crtcs[0], modes[0] };
    return true;
}

/* ---- A buffer, and what is drawn in it ------------------------------------------------------- */

struct buffer {
    uint32_t  handle, pitch;            /* in pixels */
    uint32_t *pixels;
};

static bool create_buffer(int fd, struct buffer *b, uint32_t width, uint32_t height)
{
    struct drm_mode_create_dumb create = { .width = width, .height = height, .bpp = 32 };
    struct drm_mode_map_dumb map = { 0 };

    if (!ASK(fd, MODE_CREATE_DUMB, &create))
        return false;
    map.handle = create.handle;
    if (!ASK(fd, MODE_MAP_DUMB, &map))
        return false;
    b->handle = create.handle;
    b->pitch = create.pitch / 4;
    b->pixels = mmap(NULL, create.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)map.offset);
    return b->pixels != MAP_FAILED;
}

static void fill(struct buffer *b, struct drm_clip_rect r, uint32_t colour)
{
    for (unsigned y = r.y1; y < r.y2; y++)
        for (unsigned x = r.x1; x < r.x2; x++)
            b->pixels[y * b->pitch + x] = colour;
}

/* A square in its frame, and the only part that DRM is told to show anew. */
static bool draw_square(int fd, struct buffer *b, uint32_t frame, unsigned i)
{
    const unsigned short left = (unsigned short)(50 + 230 * i), top = 100;
    struct drm_clip_rect outside = { left - 5, top - 5, left + 205, top + 205 };
    struct drm_mode_fb_dirty_cmd dirty = { .fb_id = frame, .num_clips = 1,
                                           .clips_ptr = (uintptr_t)&outside };

    fill(b, outside, WHITE);
    fill(b, (struct drm_clip_rect){ left, top, left + 200, top + 200 }, squares[i]);
    return ASK(fd, MODE_DIRTYFB, &dirty);
}

/* It is over when its handle is 0; then its buffer is not needed any more. */
static bool wave_cursor(int fd, uint32_t crtc)
{
    struct drm_mode_destroy_dumb destroy;
    struct buffer b;
    struct drm_mode_cursor c = { .crtc_id = crtc, .width = CURSOR, .height = CURSOR };

    if (!create_buffer(fd, &b, CURSOR, CURSOR))
        return false;
    fill(&b, (struct drm_clip_rect){ 0, 0, CURSOR, CURSOR }, 0xff00ff00);
    c.handle = b.handle;
    c.flags = DRM_MODE_CURSOR_BO | DRM_MODE_CURSOR_MOVE;
    for (c.x = 100; c.x <= 300; c.x += 100, c.flags = DRM_MODE_CURSOR_MOVE)
        if (!ASK(fd, MODE_CURSOR, &c))
            return false;
    c.flags = DRM_MODE_CURSOR_BO;
    c.handle = 0;
    if (!ASK(fd, MODE_CURSOR, &c))
        return false;
    munmap(b.pixels, CURSOR * b.pitch * 4);
    destroy.handle = b.handle;
    return ASK(fd, MODE_DESTROY_DUMB, &destroy);
}

bool screen_draw(int fd)
{
    struct output o;
    struct buffer b;
    struct drm_mode_fb_cmd frame = { .bpp = 32, .depth = 24 };
    struct drm_mode_crtc show = { .count_connectors = 1, .mode_valid = 1 };

    if (!find_output(fd, &o) || !create_buffer(fd, &b, o.mode.hdisplay, o.mode.vdisplay))
        return false;
    frame.width = o.mode.hdisplay;
    frame.height = o.mode.vdisplay;
    frame.pitch = b.pitch * 4;
    frame.handle = b.handle;
    if (frame.width < 1280 || frame.height < 330 || !ASK(fd, MODE_ADDFB, &frame))
        return false;
    fill(&b, (struct drm_clip_rect){ 0, 0, o.mode.hdisplay, o.mode.vdisplay }, WHITE);
    fill(&b, (struct drm_clip_rect){ 0, 0, o.mode.hdisplay, 40 }, BAR);
    fill(&b, (struct drm_clip_rect){ 20, 70, 1260, 330 }, PANEL);
    show.crtc_id = o.crtc;
    show.fb_id = frame.fb_id;
    show.set_connectors_ptr = (uintptr_t)&o.connector;
    show.mode = o.mode;
    if (!ASK(fd, MODE_SETCRTC, &show))
        return false;
    for (unsigned i = 0; i < 5; i++)
        if (!draw_square(fd, &b, frame.fb_id, i))
            return false;
    return wave_cursor(fd, o.crtc);
}
