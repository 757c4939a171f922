/* The smallest: PCI only, no texts, and machines filled in by hand. */
#define VB_NO_MMIO
#define VB_NO_TEXT
#define VB_NO_DTB
#include "tests/host/all.h"
