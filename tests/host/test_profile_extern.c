/* A driver whose implementation is in another file: extern.c. */
#define DRIVER_IS_ELSEWHERE
#include "tests/host/all.h"
