/* The scenarios with rings of 4 descriptors. */
#define VB_QUEUE_SIZE 4
#include "tests/qtest/ring_sizes.h"
