#define VB_QUEUE_SIZE 2
#include "tests/host/ring_sizes.h"
