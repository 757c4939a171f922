/* Foundation.h - the names of Apple's Foundation that main_vz.m and the fake use.
 *
 * Declarations only: names, types, and since which macOS (SINCE). What these headers cannot know
 * stands in fake.h. Each class stands under its name in Apple's documentation.
 */
#ifndef FAKE_FOUNDATION_H
#define FAKE_FOUNDATION_H

#include <stddef.h>
#include <stdint.h>

#ifdef __aarch64__                      /* as on each Mac that has the framework's arm64 machine */
typedef _Bool BOOL;
#else
typedef signed char BOOL;
#endif
#define YES ((BOOL)1)
#define NO  ((BOOL)0)
#define nil ((id)0)

typedef long          NSInteger;
typedef unsigned long NSUInteger;
typedef double        CGFloat;
typedef struct CGPoint { CGFloat x, y; } NSPoint;
typedef struct CGSize  { CGFloat width, height; } NSSize;
typedef struct CGRect  { NSPoint origin; NSSize size; } NSRect;

static inline NSRect NSMakeRect(CGFloat x, CGFloat y, CGFloat width, CGFloat height)
{
    NSRect r = { { x, y }, { width, height } };

    return r;
}

/* A name newer than the oldest macOS we build for needs @available around it, as with the SDK. */
#define SINCE(version) __attribute__((availability(macos, introduced = version)))
#define DESIGNATED     __attribute__((objc_designated_initializer))
#ifdef FAKE_INSIDE                      /* virtualization.m, which makes what others may not */
#define NOT_MADE_BY_INIT
#else
#define NOT_MADE_BY_INIT                                    \
    + (instancetype)new __attribute__((unavailable));       \
    - (instancetype)init __attribute__((unavailable));
#endif
#define ENUM(type, name) enum name : type name; enum name : type

#pragma clang assume_nonnull begin

@protocol NSObject
- (BOOL)isKindOfClass:(Class)class;
@end
@protocol NSCopying
@end

__attribute__((objc_root_class))
@interface NSObject <NSObject> {
    Class isa;
}
+ (instancetype)alloc;
+ (instancetype)new;
+ (Class)class;
- (instancetype)init DESIGNATED;
@end

@interface NSString : NSObject <NSCopying>
+ (nullable instancetype)stringWithUTF8String:(const char *)bytes;
- (BOOL)isEqualToString:(NSString *)other;
@property(nullable, readonly) const char *UTF8String;
@end

@interface NSArray<__covariant T> : NSObject <NSCopying>
+ (instancetype)arrayWithObjects:(const T _Nonnull[_Nonnull])objects count:(NSUInteger)count;
@property(readonly) NSUInteger count;
- (T)objectAtIndexedSubscript:(NSUInteger)i;
@end

@interface NSError : NSObject
+ (instancetype)errorWithDomain:(NSString *)domain
                           code:(NSInteger)code
                       userInfo:(nullable id)dictionary;
@property(readonly) NSInteger code;
@property(readonly, copy) NSString *domain;
@property(readonly, copy) NSString *localizedDescription;
@end

@interface NSURL : NSObject <NSCopying>
+ (NSURL *)fileURLWithPath:(NSString *)path;
+ (NSURL *)fileURLWithFileSystemRepresentation:(const char *)path
                                   isDirectory:(BOOL)folder
                                 relativeToURL:(nullable NSURL *)base;
@property(readonly) const char *fileSystemRepresentation;
@end

@interface NSFileHandle : NSObject
- (instancetype)initWithFileDescriptor:(int)descriptor;
- (instancetype)initWithFileDescriptor:(int)descriptor closeOnDealloc:(BOOL)closes DESIGNATED;
@property(readonly) int fileDescriptor;
@end

@interface NSNotification : NSObject
@end

@interface NSDate : NSObject
@property(class, readonly, copy) NSDate *distantFuture;
@end

@interface NSRunLoop : NSObject
@property(class, readonly, strong) NSRunLoop *mainRunLoop;
- (void)runUntilDate:(NSDate *)limit;
@end

#pragma clang assume_nonnull end
#endif
