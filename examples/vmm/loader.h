/* loader.h - the kernel, its initrd and its device tree in the guest's RAM. */
#ifndef VMM_LOADER_H
#define VMM_LOADER_H

#include "machine.h"

/* Fills in m->initrd, m->entry and m->boot. The image was checked before. False: what is wrong is
 * said. */
bool loader_load(struct machine *m, const struct options *o, const struct image *image);

#endif
