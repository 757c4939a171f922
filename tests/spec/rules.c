/* Prints the rules that lint has: id, section, level, words; tabs between them. */
#include "examples/vmm/lint/lint.h"

#include <stdio.h>

int main(void)
{
    const struct lint_rule *r;
    unsigned n;

    for (n = 0; (r = lint_rule(n)) != NULL; n++)
        printf("%s\t%s\t%s\t%s\n", r->id, r->section, r->level, r->asks);
    return 0;
}
