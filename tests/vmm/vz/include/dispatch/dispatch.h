/* dispatch.h - the names of Grand Central Dispatch that vz_run.c and the fake use. */
#ifndef FAKE_DISPATCH_H
#define FAKE_DISPATCH_H

#ifdef __OBJC__
@protocol OS_dispatch_queue
@end
typedef id<OS_dispatch_queue> dispatch_queue_t;
#else
typedef struct dispatch_queue_s *dispatch_queue_t;
#endif
typedef void (*dispatch_function_t)(void *_Nullable context);

extern dispatch_queue_t _Nonnull dispatch_get_main_queue(void);
extern void dispatch_async_f(dispatch_queue_t _Nonnull queue, void *_Nullable context,
                             dispatch_function_t _Nonnull work);
extern void dispatch_sync_f(dispatch_queue_t _Nonnull queue, void *_Nullable context,
                            dispatch_function_t _Nonnull work);
#ifdef __OBJC__
typedef void (^dispatch_block_t)(void);
extern void dispatch_async(dispatch_queue_t _Nonnull queue, dispatch_block_t _Nonnull work);
#endif

#endif
