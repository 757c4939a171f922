#include "platform.h"
#define VIRTIO_BARE_IMPLEMENTATION
#include "virtio_bare.h"
