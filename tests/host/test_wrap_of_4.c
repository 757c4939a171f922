/* The same through rings of 4 descriptors, and 200,000 requests through one. */
#define VB_QUEUE_SIZE 4
#define REQUESTS 200000
#include "tests/world/long_run.h"

#include "tests/host/long_run.h"
