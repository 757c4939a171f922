#define VB_QUEUE_SIZE 4
#include "tests/host/ring_sizes.h"
