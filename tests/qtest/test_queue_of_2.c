/* The scenarios with rings of 2 descriptors. */
#define VB_QUEUE_SIZE 2
#include "tests/qtest/ring_sizes.h"
