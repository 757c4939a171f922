/* qemu_session.h - one guest in QEMU, from its start to its verdict: what QEMU tells us, and what
 * we tell it in return.
 */
#ifndef VMM_QEMU_SESSION_H
#define VMM_QEMU_SESSION_H

#include "host/clock.h"
#include "host/options.h"
#include "host/stream.h"
#include "host/talk.h"
#include "qemu_monitor.h"
#include "qemu_process.h"
#include "qemu_watch.h"

/* STARTING until the monitor answers, RUNNING until somebody ends it, ENDING until the last picture
 * is taken, QUITTING until QEMU is gone. */
enum phase { STARTING, RUNNING, ENDING, QUITTING };

/* What the monitor was asked last; it answers one question after the other. */
enum question { NONE, ABILITIES, CONTINUE, STATUS, STOP, PICTURE, QUIT };

struct session {
    struct options o;
    struct qemu    qemu;
    struct talk    talk;
    enum phase     phase;
    enum verdict   verdict;             /* from ENDING on */
    double         started, first_frame, give_up;   /* seconds; by give_up QEMU must be gone */
    struct monitor monitor;
    enum question  asked;
    unsigned       wanted, taking;      /* pictures to take, being taken: sets of enum why */
    bool           first_seen;          /* the first whole picture was asked for */
    bool           stopped;             /* the machine stands still for the last picture */
    bool           look;                /* it stopped by itself: why? */
    uint64_t       power;               /* the switch that is watched; 0: none */
    bool           at_switch, let_go;   /* the guest is about to turn itself off; it may */
    bool           lost;                /* the last picture could not be taken */
    struct watch   watch;
    struct lines   log;
    unsigned long  complaints, frames_written;
};

/* The first reason to end is the one that counts. */
void session_end(struct session *s, enum verdict verdict);

/* What came from the monitor, from QEMU's stderr, and with time. */
void session_monitor(struct session *s);
void session_log(struct session *s, const char *bytes, size_t n);
void session_log_end(struct session *s);
void session_clock(struct session *s);
int  session_next_alarm(const struct session *s);   /* milliseconds, -1: none */

/* Asks QEMU the next question, as soon as it has answered the one before. */
void session_converse(struct session *s);

#endif
