/* A driver that knows PCI only. */
#define VB_NO_MMIO
#include "tests/host/all.h"
