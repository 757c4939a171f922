/* tree.h - the device tree: the machine as its guest is told of it. */
#ifndef VMM_TREE_H
#define VMM_TREE_H

#include "host/file.h"
#include "machine.h"

#include <stddef.h>

/* Writes the tree and returns its size; 0: it does not fit, or libfdt would not (which is said). */
size_t tree_write(const struct machine *m, const struct options *o, void *to, size_t room);

/* The same with a tree that the user gives: only --append and --initrd are put into it. */
bool   tree_take(const struct machine *m, const struct options *o, const struct file *given,
                 void *to, size_t room);

#endif
