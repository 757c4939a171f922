/* identity.c - runs README's first recipe: every address is what it seems. start.S has made such a
   map already. recipe.h is cut out of README by test_recipes.sh. */

#include "recipe.h"
#include "show.h"

void kernel_main(const void *dtb);

void kernel_main(const void *dtb) {
    static vb_console console;
    static vb_gpu     gpu;
    static uint32_t   pixels[WIDTH * HEIGHT];
    vb_machine_from_dtb(&machine, dtb);
    show(&console, &gpu, pixels);
}
