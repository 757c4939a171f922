/* The driver as a program of several files has it: one copy for all that include the
 * header plainly. test_profile_extern.c uses this one. */
#define DRIVER_FOR_ALL
#include "tests/world/driver.h"
