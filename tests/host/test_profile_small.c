/* A driver without sentences and trace. */
#define VB_NO_TEXT
#include "tests/host/all.h"
