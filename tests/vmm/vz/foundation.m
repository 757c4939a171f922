/* foundation.m - the little of Foundation that is asked for. Properties make themselves. */
#import <Foundation/Foundation.h>
#import <dispatch/dispatch.h>

#include "fake.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

@implementation NSObject
+ (instancetype)alloc
{
    extern id objc_alloc(Class c) __attribute__((ns_returns_retained));

    return objc_alloc(self);
}

+ (instancetype)new
{
    return [[self alloc] init];
}

+ (Class)class
{
    return self;
}

- (instancetype)init
{
    return self;
}

- (BOOL)isKindOfClass:(Class)class
{
    extern signed char objc_opt_isKindOfClass(id object, Class wanted);

    return (BOOL)objc_opt_isKindOfClass(self, class);
}

- (void)dealloc
{
}
@end

/* ---- Strings --------------------------------------------------------------------------------- */

/* As the compiler lays out @"...". Strings with other letters than ASCII's would be UTF-16. */
@interface NSConstantString : NSString {
@public
    int         flags;
    const char *bytes;
    long        length;
}
@end

@interface FakeString : NSString {
@public
    char *bytes;
}
@end

static bool is_utf8(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;

    while (*p != 0) {
        int more = *p < 0x80 ? 0 : *p >= 0xc2 && *p < 0xe0 ? 1 : *p >= 0xe0 && *p < 0xf0 ? 2
                 : *p >= 0xf0 && *p < 0xf5 ? 3 : -1;

        if (more < 0)
            return false;
        for (p++; more > 0; more--, p++)
            if ((*p & 0xc0) != 0x80)
                return false;
    }
    return true;
}

@implementation NSString
+ (instancetype)stringWithUTF8String:(const char *)bytes
{
    FakeString *s;

    if (!is_utf8(bytes))
        return nil;
    s = [[FakeString alloc] init];
    s->bytes = strdup(bytes);
    return s;
}

- (const char *)UTF8String
{
    return "";
}

- (BOOL)isEqualToString:(NSString *)other
{
    return strcmp(self.UTF8String, other.UTF8String) == 0;
}
@end

@implementation NSConstantString
- (const char *)UTF8String
{
    return bytes;
}
@end
__asm__(".globl __CFConstantStringClassReference\n"
        ".set __CFConstantStringClassReference, \"OBJC_CLASS_$_NSConstantString\"");

@implementation FakeString
- (const char *)UTF8String
{
    return bytes;
}

- (void)dealloc
{
    free(bytes);
}
@end

/* ---- Arrays, errors, files ------------------------------------------------------------------- */

@implementation NSArray {
    __strong id *held;
    NSUInteger   count;
}
+ (instancetype)arrayWithObjects:(const id[])objects count:(NSUInteger)n
{
    NSArray *a = [[self alloc] init];

    a->held = (__strong id *)calloc(n + 1, sizeof(id));
    for (NSUInteger i = 0; i < n; i++) {
        if (objects[i] == nil)
            fake_abort("nil in an array: Foundation throws");
        a->held[i] = objects[i];
    }
    a->count = n;
    return a;
}

- (NSUInteger)count
{
    return count;
}

- (id)objectAtIndexedSubscript:(NSUInteger)i
{
    if (i >= count)
        fake_abort("beyond the end of an array: Foundation throws");
    return held[i];
}

- (void)dealloc
{
    for (NSUInteger i = 0; i < count; i++)
        held[i] = nil;
    free((void *)held);
}
@end

@implementation NSError
@synthesize code, domain, localizedDescription;
+ (instancetype)errorWithDomain:(NSString *)domain code:(NSInteger)code userInfo:(id)words
{
    NSError *e = [[self alloc] init];

    e->domain = domain;
    e->code = code;
    e->localizedDescription = words;
    return e;
}
@end

@implementation NSURL
@synthesize fileSystemRepresentation;
+ (NSURL *)fileURLWithFileSystemRepresentation:(const char *)path
                                   isDirectory:(BOOL)folder
                                 relativeToURL:(NSURL *)base
{
    NSURL *u = [[self alloc] init];

    u->fileSystemRepresentation = strdup(path);
    return u;
}

+ (NSURL *)fileURLWithPath:(NSString *)path
{
    return [self fileURLWithFileSystemRepresentation:path.UTF8String isDirectory:NO
                                       relativeToURL:nil];
}

- (void)dealloc
{
    free((void *)(uintptr_t)fileSystemRepresentation);
}
@end

@implementation NSFileHandle {
    BOOL closes;
}
@synthesize fileDescriptor;
- (instancetype)initWithFileDescriptor:(int)descriptor
{
    return [self initWithFileDescriptor:descriptor closeOnDealloc:NO];
}

- (instancetype)initWithFileDescriptor:(int)descriptor closeOnDealloc:(BOOL)yes
{
    if ((self = [super init])) {
        fileDescriptor = descriptor;
        closes = yes;
    }
    return self;
}

- (void)dealloc
{
    if (closes)
        close(fileDescriptor);
}
@end

/* ---- Time ------------------------------------------------------------------------------------ */

@implementation NSNotification
@end

@implementation NSDate
+ (NSDate *)distantFuture
{
    return [[self alloc] init];
}
@end

@implementation NSRunLoop
+ (NSRunLoop *)mainRunLoop
{
    return [[self alloc] init];
}

- (void)runUntilDate:(NSDate *)limit
{
    fake_run_loop();
}
@end

static void run_block(void *context)
{
    dispatch_block_t block = (__bridge_transfer dispatch_block_t)context;

    block();
}

void dispatch_async(dispatch_queue_t queue, dispatch_block_t block)
{
    dispatch_async_f(queue, (__bridge_retained void *)block, run_block);
}
