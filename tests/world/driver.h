/* The driver under test: virtio_bare.h with every hook led to the world. Each
 * test program holds a copy of its own (VB_STATIC), so that programs can differ
 * in sizes: define VB_QUEUE_SIZE and the like before this file is included. */
#ifndef DRIVER_H
#define DRIVER_H

#include "tests/world/tap.h"
#include "tests/world/world.h"

/* Hooks pass raw bytes, as the CPU would load them; the world has numbers. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define RAW16(value) __builtin_bswap16((uint16_t)(value))
#define RAW32(value) __builtin_bswap32((uint32_t)(value))
#else
#define RAW16(value) ((uint16_t)(value))
#define RAW32(value) ((uint32_t)(value))
#endif

#define VB_READ8(address) ((uint8_t)world_read((address), 1))
#define VB_READ16(address) RAW16(world_read((address), 2))
#define VB_READ32(address) RAW32(world_read((address), 4))
#define VB_WRITE8(address, value) world_write((address), 1, (value))
#define VB_WRITE16(address, value) world_write((address), 2, RAW16(value))
#define VB_WRITE32(address, value) world_write((address), 4, RAW32(value))
#define VB_IN32(port) world_in32(port)
#define VB_OUT32(port, value) world_out32((port), (value))
#define VB_LOAD16(pointer) ((uint16_t)world_load((pointer), 2, 0))
#define VB_LOAD32(pointer) ((uint32_t)world_load((pointer), 4, 0))
#define VB_LOAD64(pointer) world_load((pointer), 8, 0)
#define VB_STORE16(pointer, value) world_store((pointer), 2, (value), 0)
#define VB_STORE32(pointer, value) world_store((pointer), 4, (value), 0)
#define VB_STORE64(pointer, value) world_store((pointer), 8, (value), 0)
#define VB_LOAD_ACQUIRE16(pointer) ((uint16_t)world_load((pointer), 2, 1))
#define VB_STORE_RELEASE16(pointer, value) world_store((pointer), 2, (value), 1)
#define VB_BARRIER() world_barrier()
#define VB_TICKS() world_ticks()
#define VB_RELAX() world_relax()
#define VB_TO_BUS(user, pointer) world_to_bus((user), (pointer))
#ifndef DRIVER_MAPS_NOTHING             /* registers are where they are: world_identity */
#define VB_MAP(user, address, bytes) world_map((user), (address), (bytes))
#define VB_UNMAP(user, mapped, bytes) world_unmap((user), (mapped), (bytes))
#endif
#define VB_TRACE(user, code, text, value) world_trace((user), (code), (text), (value))

#ifndef DRIVER_IS_ELSEWHERE             /* this file has no copy of its own */
#define VIRTIO_BARE_IMPLEMENTATION
#ifndef DRIVER_FOR_ALL                  /* and neither has another */
#define VB_STATIC
#endif
#endif
#include "virtio_bare.h"

#endif
