/* gpu_steps.c - commands for the gpu: alone, as the sequence that makes a picture, as a cursor. */
#include "fuzz.h"

enum { HEADER = 24, WORDS = 8, ENTRY = 16, ENTRIES = 24 };
enum { INFO = 0x100, CREATE, UNREF, SCANOUT, FLUSH, TRANSFER, ATTACH, DETACH, EDID = 0x10a,
       UPDATE = 0x300, MOVE };

/* Commands, and how many words follow their header. */
static const struct {
    uint16_t type;
    uint8_t  words;
} commands[] = {
    { INFO, 0 }, { CREATE, 4 }, { UNREF, 2 }, { SCANOUT, 6 }, { FLUSH, 6 }, { TRANSFER, 8 },
    { ATTACH, 2 }, { DETACH, 2 }, { EDID, 2 }, { UPDATE, 8 }, { MOVE, 8 },
    { 0x108, 2 }, { 0x10c, 8 }, { 0x200, 8 }, { 0x1100, 0 },            /* nothing that we know */
};

/* What a request looks like before it is cut into pieces. */
struct command {
    uint32_t type, word[WORDS];
    unsigned words, entries;            /* pieces of backing that follow */
    uint64_t backing;                   /* their first byte, */
    uint32_t each;                      /* and how long each is */
};

/* Resources as the device has them: no command touches more pixels than all of them have. Of a very
 * large one not all is counted, so that a size that should not be is still played with. */
static uint64_t pixels(const struct fuzz *f)
{
    enum { MOST = 16 << 20 };
    uint64_t sum = 0;

    for (unsigned i = 0; i < GPU_RESOURCES; i++) {
        const uint64_t n = (uint64_t)f->gpu.resource[i].width * f->gpu.resource[i].height;

        sum += n < MOST ? n : MOST;
    }
    return sum;
}

static uint32_t put_request(struct fuzz *f, const struct command *c, uint64_t where, uint32_t flags)
{
    uint8_t *to = at(&f->hand, where);

    memset(to, 0, HEADER);
    store_le32(to, c->type);
    store_le32(to + 4, flags);
    for (unsigned i = 0; i < c->words; i++)
        store_le32(to + HEADER + 4 * i, c->word[i]);
    to += HEADER + 4 * c->words;
    for (unsigned i = 0; i < c->entries; i++, to += ENTRY) {
        store_le64(to, c->backing + (uint64_t)c->each * i);
        store_le32(to + 8, c->each);
        store_le32(to + 12, 0);
    }
    return HEADER + 4 * c->words + ENTRY * c->entries;
}

/* The byte before tells: a fence, a cut, room for the answer, and in how many pieces it is sent. */
static void send(struct fuzz *f, const struct command *c)
{
    static const uint32_t rooms[] = { 2048, 2048, 2048, 408, 24, 23, 1, 0 };
    const unsigned how = (unsigned)take(f, 1), count = 1 + (how & 3);
    const uint64_t where = BUFFERS + 0x1000 * (f->requests % 16);
    const uint32_t flags = how & 0x20 ? (uint32_t)take(f, 1) : 0;
    uint32_t bytes = put_request(f, c, where, flags), room = rooms[how >> 2 & 7], done = 0;
    struct piece pieces[5];

    if (how & 0x40)
        bytes -= (uint32_t)take(f, 1) % bytes;
    for (unsigned i = 0; i < count; i++) {
        const uint32_t n = i + 1 < count ? bytes / count : bytes - done;

        pieces[i] = (struct piece){ where + done, n, false };
        done += n;
    }
    pieces[count] = (struct piece){ ANSWERS + 0x1000 * (f->requests % 16), room, true };
    f->work += pixels(f);
    put_chain(f, c->type >= UPDATE && c->type <= MOVE, pieces, count + (room > 0));
    f->work += pixels(f);
}

/* Any command with any words. */
void command_step(struct fuzz *f)
{
    const unsigned which = pick(f, sizeof commands / sizeof *commands);
    struct command c = { .type = commands[which].type, .words = commands[which].words };

    if (f->hand.device->kind->id != 16)
        return;
    for (unsigned i = 0; i < c.words; i++)
        c.word[i] = number(f);
    if (c.type == ATTACH) {
        c.entries = c.word[1] < ENTRIES ? c.word[1] : ENTRIES;
        c.backing = address(f);
        c.each = number(f);
    }
    send(f, &c);
}

/* The way to a picture, and back: one word of one command is wrong if the input says so. */
void picture_step(struct fuzz *f)
{
    const uint32_t id = 1 + pick(f, 4), width = 1 + pick(f, 200), height = 1 + pick(f, 200);
    const uint32_t format = pick(f, 2) ? 2 : (uint32_t)take(f, 1), bytes = width * height * 4;
    const unsigned entries = 1 + pick(f, ENTRIES), wrong = (unsigned)take(f, 1);
    const struct command way[] = {
        { CREATE, { id, format, width, height }, 4, 0, 0, 0 },
        { ATTACH, { id, entries }, 2, entries, PIXELS, (bytes + entries - 1) / entries },
        { SCANOUT, { 0, 0, width, height, 0, id }, 6, 0, 0, 0 },
        { TRANSFER, { 0, 0, width, height, 0, 0, id }, 8, 0, 0, 0 },
        { FLUSH, { 0, 0, width, height, id }, 6, 0, 0, 0 },
        { DETACH, { id }, 2, 0, 0, 0 },
        { UNREF, { id }, 2, 0, 0, 0 },
    };
    enum { KEPT = 5 };                  /* without the last two the picture stays */
    const unsigned count = pick(f, 2) ? KEPT : sizeof way / sizeof *way;

    if (f->hand.device->kind->id != 16)
        return;
    for (unsigned i = 0; i < count; i++) {
        struct command c = way[i];

        if (wrong >> 4 == i + 1)
            c.word[wrong % WORDS] = number(f);
        send(f, &c);
    }
}

void cursor_step(struct fuzz *f)
{
    enum { SIDE = GPU_CURSOR, ID = 7 };
    const uint32_t x = number(f), y = number(f), hot = number(f);
    const struct command make[] = {
        { CREATE, { ID, hot & 1 ? 1 : 121, SIDE, SIDE }, 4, 0, 0, 0 },
        { ATTACH, { ID, 1 }, 2, 1, PIXELS, 4 * SIDE * SIDE },
        { TRANSFER, { 0, 0, SIDE, SIDE, 0, 0, ID }, 8, 0, 0, 0 },
        { UPDATE, { 0, x, y, 0, ID, hot, hot / 2 }, 8, 0, 0, 0 },
        { MOVE, { 0, y, x }, 8, 0, 0, 0 },
        { UPDATE, { 0 }, 8, 0, 0, 0 },
    };
    const unsigned first = pick(f, 6), last = first + pick(f, 6);

    if (f->hand.device->kind->id != 16)
        return;
    for (unsigned i = first; i <= last && i < sizeof make / sizeof *make; i++)
        send(f, &make[i]);
}
