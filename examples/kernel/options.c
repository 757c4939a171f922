/* options.c - the words of the boot command line
 *
 *     exit          power off when the picture is drawn (and bounce has had its frames)
 *     stay          go on, and answer keys: the default
 *     demo=NAME     card (default), squares, bounce
 *     wait=MS       how long to look again for devices that were not there at once (500)
 *     fb=WxH        the picture's size (1280x720; at least 128x128)
 *     frames=N      of bounce (600)
 *     damage=on     bounce sends only what changed (default); off: all of each frame
 *
 * A word that is none of these gets a line that says so, and is left out. */
#include "kernel.h"

/* The rest of `word` behind `name`, or 0 if it begins differently. */
static const char *after(const char *word, const char *name)
{
    while (*name)
        if (*word++ != *name++)
            return 0;
    return word;
}

static int is_end(char c) { return c == 0 || c == ' ' || c == '\n' || c == '\t'; }

static int is(const char *word, const char *name)
{
    const char *rest = after(word, name);
    return rest && is_end(*rest);
}

/* A number that ends at `end` (or at the end of the word, for 0). Returns what follows it, or 0. */
static const char *number(const char *text, char end, uint32_t *value)
{
    const char *at = text;
    uint32_t n = 0;

    for (; *at >= '0' && *at <= '9' && n < 100000000; at++)
        n = n * 10 + (uint32_t)(*at - '0');
    if (at == text || !(end ? *at == end : is_end(*at)))
        return 0;
    *value = n;
    return at + 1;
}

static int size(const char *text, options *o)
{
    uint32_t width, height;

    text = number(text, 'x', &width);
    if (!text || !number(text, 0, &height))
        return 0;
    if (width < 128 || height < 128 || width > 16384 || height > 16384)
        return 0;
    o->width = width;
    o->height = height;
    return 1;
}

/* 1 if the word was understood. */
static int take(options *o, const char *word)
{
    const char *value;

    if (is(word, "exit") || is(word, "stay")) {
        o->exit = is(word, "exit") ? 1 : 0;
        return 1;
    }
    if ((value = after(word, "demo=")) != 0) {
        if (is(value, "card"))
            o->demo = CARD;
        else if (is(value, "squares"))
            o->demo = SQUARES;
        else if (is(value, "bounce"))
            o->demo = BOUNCE;
        else
            return 0;
        return 1;
    }
    if ((value = after(word, "damage=")) != 0) {
        o->damage = is(value, "on") ? 1 : 0;
        return is(value, "on") || is(value, "off");
    }
    if ((value = after(word, "wait=")) != 0)
        return number(value, 0, &o->wait_ms) != 0;
    if ((value = after(word, "frames=")) != 0)
        return number(value, 0, &o->frames) != 0;
    if ((value = after(word, "fb=")) != 0)
        return size(value, o);
    return 0;
}

static void complain(const char *word)
{
    print("The boot command line has a word that means nothing here: ");
    while (!is_end(*word))
        print("%c", *word++);
    print("\n");
}

/* `room` is how many pixels there can be. */
void options_read(options *o, const char *words, uint32_t room)
{
    uint32_t unknown = 0;

    o->demo = CARD;
    o->exit = 0;
    o->wait_ms = 500;
    o->width = 1280;
    o->height = 720;
    o->frames = 600;
    o->damage = 1;
    while (*words) {
        if (is_end(*words)) {
            words++;
            continue;
        }
        if (!take(o, words)) {
            complain(words);
            unknown++;
        }
        while (!is_end(*words))
            words++;
    }
    if (unknown)
        print("  It may have: exit stay demo=card|squares|bounce wait=MS fb=WxH frames=N "
              "damage=on|off\n");
    if (o->width * o->height > room) {
        print("fb=%ux%u is more than the %u pixels there is room for: 1280x720 instead\n",
              o->width, o->height, room);
        o->width = 1280;
        o->height = 720;
    }
}
