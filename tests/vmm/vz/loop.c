/* loop.c - the main queue, and the run loop that serves it on the main thread. */
#include "fake.h"

#include <dispatch/dispatch.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void fake_log(const char *format, ...)
{
    const char *path = getenv("VZ_LOG");
    FILE *f = path != NULL ? fopen(path, "a") : NULL;
    va_list args;

    if (f == NULL)
        return;
    va_start(args, format);
    vfprintf(f, format, args);
    va_end(args);
    fputc('\n', f);
    fclose(f);
}

void fake_abort(const char *what)
{
    fprintf(stderr, "fake: %s\n", what);
    fake_log("abort: %s", what);
    _exit(70);
}

bool fake_is(const char *word)
{
    const char *words = getenv("VZ_FAKE");

    return words != NULL && strstr(words, word) != NULL;
}

/* ---- The main queue -------------------------------------------------------------------------- */

struct task {
    dispatch_function_t work;
    void               *context;
    bool               *done;           /* null: nobody waits */
    struct task        *next;
};

static pthread_t       main_thread;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t  changed = PTHREAD_COND_INITIALIZER;
static struct task    *first, **last = &first;
static int             bell[2];

__attribute__((constructor)) static void begin(void)
{
    main_thread = pthread_self();
    if (pipe(bell) != 0)
        abort();
}

void fake_must_be_main(const char *what)
{
    char line[200];

    if (pthread_equal(pthread_self(), main_thread))
        return;
    snprintf(line, sizeof line, "%s is not called on the main thread", what);
    fake_abort(line);
}

dispatch_queue_t dispatch_get_main_queue(void)
{
    static void *object[4];             /* of no class */

    return (dispatch_queue_t)object;
}

static void enqueue(dispatch_function_t work, void *context, bool *done)
{
    struct task *t = calloc(1, sizeof *t);

    t->work = work;
    t->context = context;
    t->done = done;
    pthread_mutex_lock(&lock);
    *last = t;
    last = &t->next;
    pthread_mutex_unlock(&lock);
    if (write(bell[1], "", 1) != 1)
        abort();
}

void dispatch_async_f(dispatch_queue_t queue, void *context, dispatch_function_t work)
{
    (void)queue;
    enqueue(work, context, NULL);
}

void dispatch_sync_f(dispatch_queue_t queue, void *context, dispatch_function_t work)
{
    bool done = false;

    (void)queue;
    if (pthread_equal(pthread_self(), main_thread))
        fake_abort("dispatch_sync to the main queue on the main thread: it waits for itself");
    enqueue(work, context, &done);
    pthread_mutex_lock(&lock);
    while (!done)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

static void run_task(void)
{
    struct task *t;
    char byte;

    if (read(bell[0], &byte, 1) != 1)
        abort();
    pthread_mutex_lock(&lock);
    t = first;
    first = t->next;
    if (first == NULL)
        last = &first;
    pthread_mutex_unlock(&lock);
    t->work(t->context);
    pthread_mutex_lock(&lock);
    if (t->done != NULL)
        *t->done = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    free(t);
}

/* ---- The run loop ---------------------------------------------------------------------------- */

static int    watched = -1;
static void (*watcher)(void);

void fake_watch(int fd, void (*reader)(void))
{
    watched = fd;
    watcher = reader;
}

static double clock_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A while without a machine that runs: nothing can happen any more, and the program would hang. */
static void look_for_life(void)
{
    static double since;

    if (watched >= 0)
        since = 0;
    else if (since == 0)
        since = clock_now();
    else if (clock_now() - since > 0.3)
        fake_abort("no machine runs, and the program goes on");
}

void *objc_autoreleasePoolPush(void);
void  objc_autoreleasePoolPop(void *mark);

void fake_run_loop(void)
{
    fake_must_be_main("a run loop");
    for (;;) {
        struct pollfd p[2] = { { bell[0], POLLIN, 0 }, { watched, POLLIN, 0 } };
        void *mark = objc_autoreleasePoolPush();

        if (poll(p, 2, 100) > 0) {
            if (p[0].revents != 0)
                run_task();
            else if (p[1].revents != 0)
                watcher();
        }
        look_for_life();
        objc_autoreleasePoolPop(mark);
    }
}
