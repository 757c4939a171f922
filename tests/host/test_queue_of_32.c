/* The scenarios with rings of 32 descriptors: then less of a console's 2048
 * bytes is left for text. */
#define VB_QUEUE_SIZE 32
#define VB_CONSOLE_TX_BYTES 48
#define VB_CONSOLE_RX_BYTES 16
#include "tests/host/ring_sizes.h"
