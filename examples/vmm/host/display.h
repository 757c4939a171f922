/* display.h - where a picture goes: a file, a folder of frames, the terminal.
 *
 * What all launchers share. A window belongs to QEMU, or (screen.h, window.h) to SDL.
 */
#ifndef VMM_DISPLAY_H
#define VMM_DISPLAY_H

#include "options.h"
#include "picture.h"
#include "stream.h"

/* Why a picture was taken; a set, for one picture may serve several. */
enum why { WHY_FRAME = 1, WHY_FIRST = 2, WHY_KEY = 4, WHY_LAST = 8 };

/* Was a picture asked for, so that its absence is a failure? */
bool display_is_asked(const struct options *o);

/* Is there something that a window could stand on? If it was asked for, its absence is said. */
bool display_has_screen(bool asked);

/* Can the files be written? Makes the folder of --frames. What is wrong is said. */
bool display_check_files(const struct options *o);

/* Is the first frame shown as soon as it is there (rather than the last one only)? Somebody waits
 * for it, or a window may be closed before there is a last one. */
bool display_wants_first(const struct options *o, bool interactive);

/* Shows the whole picture wherever it is wanted; `terminal` takes what is drawn with letters. */
void display_show(const struct options *o, const struct picture *p, unsigned why,
                  struct backlog *terminal);

/* Writes one frame into the folder --frames. False: errno says why not. */
bool display_frame(const struct options *o, const struct picture *p, unsigned number);

#endif
