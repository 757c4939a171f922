/* runtime.c - as much of Apple's Objective-C runtime as main_vz.m and the fake need, on Linux.
 *
 * clang makes the same code as for a Mac (-fobjc-runtime=macosx, -fobjc-arc): classes are tables in
 * the sections objc_*, messages are calls of objc_msgSend, and ARC calls objc_retain, objc_release
 * and their like. So ARC is at work here: what nobody holds is freed, weak references become nil,
 * and the sanitizers see who uses it afterwards.
 *
 * What Apple's does besides, and this does not: caches, categories, properties with a lock, tagged
 * pointers, associated objects, exceptions, messages that are forwarded. Names of methods are
 * compared letter by letter, which is slow and needs no registration.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- What the compiler writes ---------------------------------------------------------------- */

struct class;
typedef struct object { struct class *isa; } object;
typedef const char *SEL;
typedef void (*IMP)(void);

struct method { SEL name; const char *types; IMP code; };
struct methods { uint32_t entry_bytes, count; struct method method[]; };
struct ivar { int32_t *offset; const char *name, *type; uint32_t alignment, bytes; };
struct ivars { uint32_t entry_bytes, count; struct ivar ivar[]; };

struct description {                    /* class_ro_t */
    uint32_t flags, start, bytes, reserved;     /* of instances; start: behind those of the super */
    const uint8_t *layout;
    const char *name;
    const struct methods *methods;
    const void *protocols;
    const struct ivars *ivars;
    const void *weak_layout, *properties;
};
struct class {
    struct class *isa, *super;
    void *cache, *vtable;
    struct description *is;
};
enum { META = 1 };

struct objc_super { object *receiver; struct class *class; };

extern struct class *__start_objc_classlist[], *__stop_objc_classlist[];
void *_objc_empty_cache;

/* Instances may begin with more than the compiler knew when it saw the subclass: moved behind. */
static void lay_out(struct class *c)
{
    struct description *d = c->is;
    uint32_t more;

    if (c->super == NULL || d->bytes == 0)
        return;
    lay_out(c->super);
    if (d->start >= c->super->is->bytes)
        return;
    more = c->super->is->bytes - d->start;
    for (uint32_t i = 0; d->ivars != NULL && i < d->ivars->count; i++)
        *d->ivars->ivar[i].offset += (int32_t)more;
    d->start += more;
    d->bytes += more;
}

__attribute__((constructor)) static void begin(void)
{
    for (struct class **c = __start_objc_classlist; c < __stop_objc_classlist; c++)
        lay_out(*c);
}

/* ---- Messages -------------------------------------------------------------------------------- */

static IMP find(const struct class *c, SEL name)
{
    for (; c != NULL; c = c->super)
        for (uint32_t i = 0; c->is->methods != NULL && i < c->is->methods->count; i++)
            if (strcmp(c->is->methods->method[i].name, name) == 0)
                return c->is->methods->method[i].code;
    return NULL;
}

static IMP find_or_die(const struct class *c, SEL name)
{
    IMP code = find(c, name);

    if (code != NULL)
        return code;
    fprintf(stderr, "fake: %c[%s %s]: unrecognized selector\n", c->is->flags & META ? '+' : '-',
            c->is->name, name);
    abort();
}

/* For msgsend.S. */
IMP runtime_find(object *o, SEL name)
{
    return find_or_die(o->isa, name);
}

IMP runtime_find_super(const struct objc_super *s, SEL name)
{
    return find_or_die(s->class->super, name);
}

bool runtime_responds(object *o, SEL name)
{
    return o != NULL && find(o->isa, name) != NULL;
}

const char *runtime_name(object *o)
{
    return o->isa->is->name;
}

/* ---- Blocks ---------------------------------------------------------------------------------- */

void *_NSConcreteStackBlock[32], *_NSConcreteMallocBlock[32], *_NSConcreteGlobalBlock[32];

enum { HAS_HELPERS = 1 << 25, FIELD_OBJECT = 3, FIELD_BLOCK = 7 };

struct block_about {
    uintptr_t reserved, bytes;
    void    (*copy)(void *to, const void *from);
    void    (*dispose)(const void *block);
};
struct block {
    void   *isa;
    int32_t flags, holders;             /* reserved, says the compiler, and writes 0 */
    void  (*code)(void);
    const struct block_about *about;
};

static bool is_block(const void *o)
{
    const void *isa = ((const object *)o)->isa;

    return isa == _NSConcreteStackBlock || isa == _NSConcreteMallocBlock
        || isa == _NSConcreteGlobalBlock;
}

void *objc_retainBlock(void *p)
{
    struct block *b = p, *copy;

    if (b == NULL || b->isa == _NSConcreteGlobalBlock)
        return b;
    if (b->isa == _NSConcreteMallocBlock) {
        __atomic_add_fetch(&b->holders, 1, __ATOMIC_SEQ_CST);
        return b;
    }
    copy = malloc(b->about->bytes);
    memcpy(copy, b, b->about->bytes);
    copy->isa = _NSConcreteMallocBlock;
    copy->holders = 1;
    if (b->flags & HAS_HELPERS)
        b->about->copy(copy, b);
    return copy;
}

static void release_block(struct block *b)
{
    if (b->isa != _NSConcreteMallocBlock
        || __atomic_sub_fetch(&b->holders, 1, __ATOMIC_SEQ_CST) > 0)
        return;
    if (b->flags & HAS_HELPERS)
        b->about->dispose(b);
    free(b);
}

/* ---- Who holds what -------------------------------------------------------------------------- */

/* In front of each instance. Classes, constant strings, and the queue of loop.c have none: they
 * stay. */
struct head { int64_t holders; int64_t unused; };

extern struct class constant_string __asm__("OBJC_CLASS_$_NSConstantString");

static struct head *head_of(object *o)
{
    if (o == NULL || o->isa == NULL || o->isa == &constant_string || o->isa->is->flags & META)
        return NULL;
    return (struct head *)o - 1;
}

object *objc_alloc(struct class *c)
{
    struct head *h = calloc(1, sizeof *h + c->is->bytes);
    object *o = (object *)(h + 1);

    h->holders = 1;
    o->isa = c;
    return o;
}

/* Weak references, by the places that hold them. */
enum { WEAK = 64 };
static object **weak[WEAK];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void destroy(object *o)
{
    static const char dealloc[] = "dealloc", destruct[] = ".cxx_destruct";

    ((void (*)(object *, SEL))runtime_find(o, dealloc))(o, dealloc);
    for (const struct class *c = o->isa; c != NULL; c = c->super) {
        IMP code = find(c, destruct);   /* releases the fields of this class, or of one above it */

        if (code != NULL && code != find(c->super, destruct))
            ((void (*)(object *, SEL))code)(o, destruct);
    }
    free((struct head *)o - 1);
}

object *objc_retain(object *o)
{
    struct head *h;

    if (o != NULL && is_block(o))
        return objc_retainBlock(o);
    h = head_of(o);
    if (h != NULL)
        __atomic_add_fetch(&h->holders, 1, __ATOMIC_SEQ_CST);
    return o;
}

void objc_release(object *o)
{
    struct head *h;

    if (o != NULL && is_block(o)) {
        release_block((struct block *)o);
        return;
    }
    h = head_of(o);
    if (h == NULL || __atomic_sub_fetch(&h->holders, 1, __ATOMIC_SEQ_CST) > 0)
        return;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < WEAK; i++)
        if (weak[i] != NULL && *weak[i] == o)
            *weak[i] = NULL;
    pthread_mutex_unlock(&lock);
    destroy(o);
}

void objc_storeStrong(object **place, object *o)
{
    object *before = *place;

    objc_retain(o);
    *place = o;
    objc_release(before);
}

object *objc_storeWeak(object **place, object *o)
{
    int at = -1;

    pthread_mutex_lock(&lock);
    for (int i = 0; i < WEAK; i++)
        if (weak[i] == place || (weak[i] == NULL && at < 0))
            at = i;
    if (at < 0)
        abort();
    weak[at] = o != NULL ? place : NULL;
    *place = o;
    pthread_mutex_unlock(&lock);
    return o;
}

object *objc_initWeak(object **place, object *o)
{
    *place = NULL;
    return objc_storeWeak(place, o);
}

void objc_destroyWeak(object **place)
{
    objc_storeWeak(place, NULL);
}

object *objc_loadWeakRetained(object **place)
{
    object *o;

    pthread_mutex_lock(&lock);
    o = objc_retain(*place);
    pthread_mutex_unlock(&lock);
    return o;
}

/* ---- Autorelease: held until the pool is emptied --------------------------------------------- */

enum { POOL = 4096 };
static _Thread_local object *pool[POOL];
static _Thread_local uintptr_t pooled;

void *objc_autoreleasePoolPush(void)
{
    return (void *)(pooled + 1);
}

void objc_autoreleasePoolPop(void *mark)
{
    while (pooled > (uintptr_t)mark - 1)
        objc_release(pool[--pooled]);
}

object *objc_autorelease(object *o)
{
    if (o == NULL || pooled == POOL)
        return o;
    return pool[pooled++] = o;
}

object *objc_retainAutorelease(object *o)
{
    return objc_autorelease(objc_retain(o));
}

object *objc_autoreleaseReturnValue(object *o)
{
    return objc_autorelease(o);
}

object *objc_retainAutoreleaseReturnValue(object *o)
{
    return objc_retainAutorelease(o);
}

object *objc_retainAutoreleasedReturnValue(object *o)
{
    return objc_retain(o);
}

object *objc_unsafeClaimAutoreleasedReturnValue(object *o)
{
    return o;
}

/* ---- Shorter ways that the compiler takes ---------------------------------------------------- */

object *objc_alloc_init(struct class *c)
{
    static const char init[] = "init";
    object *o = objc_alloc(c);

    return ((object *(*)(object *, SEL))runtime_find(o, init))(o, init);
}

object *objc_opt_new(struct class *c)
{
    return objc_alloc_init(c);
}

struct class *objc_opt_class(object *o)
{
    return o->isa->is->flags & META ? (struct class *)o : o->isa;
}

signed char objc_opt_isKindOfClass(object *o, struct class *wanted)
{
    for (struct class *c = o != NULL ? o->isa : NULL; c != NULL; c = c->super)
        if (c == wanted)
            return 1;
    return 0;
}

/* ---- Properties: no locks, and copies of what cannot change are the same object -------------- */

object *objc_getProperty(object *o, SEL name, intptr_t offset, bool atomic)
{
    (void)name, (void)atomic;
    return objc_retainAutorelease(*(object **)((char *)o + offset));
}

void objc_setProperty_nonatomic_copy(object *o, SEL name, object *value, intptr_t offset)
{
    object **place = (object **)((char *)o + offset), *before = *place;

    (void)name;
    *place = objc_retain(value);
    objc_release(before);
}

void objc_setProperty_atomic_copy(object *o, SEL name, object *value, intptr_t offset)
{
    objc_setProperty_nonatomic_copy(o, name, value, offset);
}

void objc_setProperty_atomic(object *o, SEL name, object *value, intptr_t offset)
{
    objc_setProperty_nonatomic_copy(o, name, value, offset);
}

void objc_copyStruct(void *to, const void *from, ptrdiff_t bytes, bool atomic, bool strong)
{
    (void)atomic, (void)strong;
    memcpy(to, from, (size_t)bytes);
}

/* What blocks hold, when they are copied and freed. */
void _Block_object_assign(void *place, const void *held, int kind)
{
    if (kind == FIELD_OBJECT)
        *(object **)place = objc_retain((object *)(uintptr_t)held);
    else if (kind == FIELD_BLOCK)
        *(void **)place = objc_retainBlock((void *)(uintptr_t)held);
    else
        abort();                        /* __block variables: nobody needs them yet */
}

void _Block_object_dispose(const void *held, int kind)
{
    (void)kind;
    objc_release((object *)(uintptr_t)held);
}
