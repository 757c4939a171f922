/* driver.c - the implementation, alone in its file: what a program links with. */
#define VIRTIO_BARE_IMPLEMENTATION
#include "virtio_bare.h"
