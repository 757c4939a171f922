/* pthread.h - macOS' C library, as far as the type check needs it. */
#ifndef DARWIN_PTHREAD_H
#define DARWIN_PTHREAD_H
typedef struct _opaque_pthread_t *pthread_t;
typedef struct _opaque_pthread_attr_t pthread_attr_t;
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*work)(void *),
                   void *argument);
#endif
