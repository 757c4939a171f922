/* A driver that knows virtio-mmio only. */
#define VB_NO_PCI
#include "tests/host/all.h"
