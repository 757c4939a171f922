/* fault.c - where a kernel that faulted says its last words
 *
 *     first  by the console's emergency register: it needs no ring and no memory
 *     else   by the same device, opened again in spare structs: a reset takes it from whatever
 *            state it is in
 *     else   by the UART
 *
 * A fault on the way, while saying all this, goes to the UART alone. */
#include "parts.h"

const char *fault_unmapped(uint64_t address)
{
    if (address - (uintptr_t)_guard < 4096)
        return "the stack grew too deep (32 KB, link.ld): a large array on it, or endless calls?";
    return address < 4096 ? "a null pointer" : "nothing is mapped there: a wild pointer?";
}

static vb_machine spare_machine;
static vb_console spare_console;

static void by_emergency(const char *text, uint32_t bytes)
{
    uint32_t i;

    for (i = 0; i < bytes; i++)
        (void)vb_console_emergency(&console, text[i]);
}

static void by_spare(const char *text, uint32_t bytes)
{
    (void)vb_console_write(&spare_console, text, bytes);
}

/* The first way that works. The emergency register is tried with a line feed, which also ends the
 * line that was being written. */
static sink *find_way(void)
{
    const uint64_t place = console.device.at;

    if (!console.device.machine)
        return platform_uart_write;
    if (vb_console_emergency(&console, '\n') == VB_OK)
        return by_emergency;
    if (platform_machine(&spare_machine, platform_boot()) == VB_OK &&
        vb_console_open_at(&spare_console, &spare_machine, place) == VB_OK)
        return by_spare;
    return platform_uart_write;
}

void fault_tell(const frame *f, uint64_t kind)
{
    static uint32_t depth;

    depth++;
    trace_quiet(1);                     /* it would go to the console that is being given up */
    if (depth == 1) {
        sink *way = find_way();

        if (way == platform_uart_write)
            platform_guess_uart();
        fault_print(way, f, kind);
        if (way == by_spare)
            (void)vb_console_drain(&spare_console);
    } else if (depth == 2) {
        fault_print(platform_uart_write, f, kind);
    }
    platform_stop();
}
