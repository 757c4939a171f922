/* Rings in the long run, on our devices. */
#include "tests/world/long_run.h"

#include "tests/host/long_run.h"
