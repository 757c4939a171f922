/* Every lie on every operation: a table without empty cells. A row is a lie, a column
 * what the driver was about to do, a cell what must come out; NONE says that the
 * operation never meets the lie, and that is tested too.
 *
 * Whatever comes out, it comes in time, and the device can be opened again when it has
 * become honest. After a lie that breaks the object the next call says the same. */
#define VB_DEVICES 2
#include "tests/liar/play.h"

#include "tests/host/setting.h"

static ours o;

/* ---- columns ---- */

enum { OPENS_C, OPENS_G, WRITES, DRAINS, READS, PRESENTS, POLLS, REOPENS_C, REOPENS_G, CLOSES_C,
       CLOSES_G, COLUMNS };

static const struct {
    const char *name;
    int console, live;                  /* live: the object is open before */
} columns[COLUMNS] = {
    [OPENS_C] = {"console opens", 1, 0}, [OPENS_G] = {"gpu opens", 0, 0},
    [WRITES] = {"console writes", 1, 1}, [DRAINS] = {"console drains", 1, 1},
    [READS] = {"console reads", 1, 1}, [PRESENTS] = {"gpu presents", 0, 1},
    [POLLS] = {"gpu polls", 0, 1}, [REOPENS_C] = {"console opens again", 1, 1},
    [REOPENS_G] = {"gpu opens again", 0, 1}, [CLOSES_C] = {"console closes", 1, 1},
    [CLOSES_G] = {"gpu closes", 0, 1},
};

/* ---- cells, four letters each ---- */

enum {
    NONE = 2,                           /* the lie was not told, and all went well */
    OKAY = VB_OK, RSET = VB_E_RESET, GONE = VB_E_GONE, STAT = VB_E_STATUS, FEAT = VB_E_FEATURES,
    OLD_ = VB_E_NO_VERSION_1, QUEU = VB_E_QUEUE, BELL = VB_E_DOORBELL, TIME = VB_E_TIMEOUT,
    U_ID = VB_E_USED_ID, ULEN = VB_E_USED_LENGTH, UIDX = VB_E_USED_INDEX, RESP = VB_E_RESPONSE,
    SHRT = VB_E_RESPONSE_SHORT, FNCE = VB_E_FENCE, REFU = VB_E_REFUSED, OWND = VB_E_STILL_OWNED,
    CONF = VB_E_CONFIG_SPACE, LOST = VB_E_NOT_FOUND, ELSE = VB_E_NOT_VIRTIO, LEGA = VB_E_LEGACY,
    LOOP = VB_E_CAPABILITY_LOOP, NCAP = VB_E_NO_CAPABILITY, ARGU = VB_E_ARGUMENT,
    NRST = VB_E_NEEDS_RESET
};

static const struct lying {
    const char *name;
    int where;
    lie lies[2];
    int cell[COLUMNS];
} rows[] = {
    /* lie                                                     opens opens write drain read  prsnt
       transport, the lie itself                               poll  reopn reopn close close
                                                                     cons  gpu   cons  gpu   */
    {"the reset never ends", BOTH, {ADDS(REG_STATUS, 1)},     {RSET, RSET, NONE, NONE, NONE, NONE,
                                                               NONE, OWND, NONE, OWND, OWND}},
    {"status is all ones", BOTH, {SAYS(REG_STATUS, 0xff)},    {GONE, GONE, NONE, NONE, NONE, NONE,
                                                               NONE, GONE, NONE, OKAY, OKAY}},
    {"NEEDS_RESET, also after the reset", BOTH,
     {ADDS(REG_STATUS, 64)},                                  {RSET, RSET, NONE, NONE, NONE, NONE,
                                                               NONE, OWND, NONE, OWND, OWND}},
    {"NEEDS_RESET, one read later", BOTH,
     {ADDS_AFTER(1, REG_STATUS, 64)},                         {NRST, NRST, NONE, NONE, NONE, NONE,
                                                               NONE, RSET, NONE, NONE, NONE}},
    {"NEEDS_RESET, and no answer", BOTH,
     {SILENCE, ADDS(REG_STATUS, 64)},                         {RSET, RSET, NRST, NRST, OKAY, NRST,
                                                               NONE, OWND, NRST, OWND, OWND}},
    {"ACKNOWLEDGE does not stay", BOTH,
     {DROPS(REG_STATUS, 1)},                                  {STAT, STAT, NONE, NONE, NONE, NONE,
                                                               NONE, STAT, NONE, OKAY, OKAY}},
    {"FEATURES_OK does not stay", BOTH,
     {DROPS(REG_STATUS, 8)},                                  {FEAT, FEAT, NONE, NONE, NONE, NONE,
                                                               NONE, FEAT, NONE, OKAY, OKAY}},
    {"DRIVER_OK does not stay", BOTH,
     {DROPS(REG_STATUS, 4)},                                  {STAT, STAT, NONE, NONE, NONE, NONE,
                                                               NONE, STAT, NONE, OKAY, OKAY}},
    {"VERSION_1 is not offered", BOTH,
     {DROPS(REG_DEVICE_FEATURES, 1)},                         {OLD_, OLD_, NONE, NONE, NONE, NONE,
                                                               NONE, OLD_, NONE, NONE, NONE}},
    {"everything is offered", BOTH,
     {SAYS(REG_DEVICE_FEATURES, 0xffffffff)},                 {OKAY, OKAY, NONE, NONE, NONE, NONE,
                                                               NONE, OKAY, NONE, NONE, NONE}},
    {"nothing else than VERSION_1 is offered", BOTH,
     {KEEPS(REG_DEVICE_FEATURES, 1)},                         {OKAY, OKAY, NONE, NONE, NONE, NONE,
                                                               NONE, OKAY, NONE, NONE, NONE}},
    {"the generation never rests", BOTH,
     {COUNTS(REG_GENERATION)},                                {CONF, NONE, NONE, NONE, NONE, NONE,
                                                               NONE, CONF, NONE, NONE, NONE}},
    {"queues of 0", BOTH, {SAYS(REG_QUEUE_SIZE, 0)},          {QUEU, QUEU, NONE, NONE, NONE, NONE,
                                                               NONE, QUEU, NONE, NONE, NONE}},
    {"queues of 1", BOTH, {SAYS(REG_QUEUE_SIZE, 1)},          {OKAY, QUEU, NONE, NONE, NONE, NONE,
                                                               NONE, OKAY, NONE, NONE, NONE}},
    {"queues of 3", MMIO, {SAYS(REG_QUEUE_SIZE, 3)},          {OKAY, OKAY, NONE, NONE, NONE, NONE,
                                                               NONE, OKAY, NONE, NONE, NONE}},
    {"queues that stay 3", PCI, {SAYS(REG_QUEUE_SIZE, 3)},    {QUEU, QUEU, NONE, NONE, NONE, NONE,
                                                               NONE, QUEU, NONE, NONE, NONE}},
    {"queues that are in use", MMIO,
     {SAYS(REG_QUEUE_ENABLE, 1)},                             {QUEU, QUEU, NONE, NONE, NONE, NONE,
                                                               NONE, QUEU, NONE, NONE, NONE}},
    {"doorbells outside", PCI,
     {SAYS(REG_NOTIFY_OFFSET, 0xffff)},                       {BELL, BELL, NONE, NONE, NONE, NONE,
                                                               NONE, BELL, NONE, NONE, NONE}},
    {"no magic value", MMIO, {SAYS(REG_MAGIC, 0)},            {LOST, LOST, NONE, NONE, NONE, NONE,
                                                               NONE, ELSE, NONE, NONE, NONE}},
    {"version 1", MMIO, {SAYS(REG_VERSION, 1)},               {LEGA, LEGA, NONE, NONE, NONE, NONE,
                                                               NONE, LEGA, NONE, NONE, NONE}},
    {"another device", MMIO, {SAYS(REG_DEVICE_ID, 2)},        {LOST, LOST, NONE, NONE, NONE, NONE,
                                                               NONE, ELSE, NONE, NONE, NONE}},
    {"another vendor", PCI, {CONFIG_SPACE(0, 2, 0x8086)},     {LOST, LOST, NONE, NONE, NONE, NONE,
                                                               NONE, NONE, NONE, NONE, NONE}},
    {"capabilities in a circle", PCI,
     {CAPABILITY(COMMON_CAP, CAP_NEXT, SELF)},                {LOOP, LOOP, NONE, NONE, NONE, NONE,
                                                               NONE, LOOP, NONE, NONE, NONE}},
    {"no common region", PCI,
     {CAPABILITY(COMMON_CAP, CAP_TYPE, 9)},                   {NCAP, NCAP, NONE, NONE, NONE, NONE,
                                                               NONE, NCAP, NONE, NONE, NONE}},
    {"no device region", PCI,
     {CAPABILITY(DEVICE_CAP, CAP_TYPE, 9)},                   {CONF, CONF, NONE, NONE, NONE, NONE,
                                                               NONE, CONF, NONE, NONE, NONE}},
    {"a BAR without a size", PCI, {CONFIG_SPACE(0x20, 8, 0)}, {NCAP, NCAP, NONE, NONE, NONE, NONE,
                                                               NONE, NCAP, NONE, NONE, NONE}},
    {"no scanouts", BOTH, {CONFIG(8, 4, 0)},                  {NONE, ARGU, NONE, NONE, NONE, NONE,
                                                               NONE, NONE, ARGU, NONE, NONE}},
    {"configuration of all ones", BOTH,
     {CONFIG(0, 4, 0xffffffff)},                              {OKAY, NONE, NONE, NONE, NONE, NONE,
                                                               OKAY, OKAY, NONE, NONE, NONE}},
    {"the device vanishes", BOTH, {VANISHES(0)},              {LOST, LOST, NONE, NONE, NONE, NONE,
                                                               GONE, GONE, GONE, OKAY, OKAY}},
    {"the device vanishes at a kick", BOTH,
     {VANISHES_AT_KICK(0)},                                   {OKAY, GONE, GONE, NONE, OKAY, GONE,
                                                               NONE, OKAY, GONE, NONE, OKAY}},

    /* ---- answers ----
       Twice: while a console writes or reads, buffers go round, so the id told of twice is out
       again by the time the driver comes to it. In another order: an answer that came alone is
       exchanged with the one before it, which had no bytes, or too few. */
    {"no answer", BOTH, {SILENCE},                            {OKAY, TIME, TIME, TIME, OKAY, TIME,
                                                               NONE, OKAY, TIME, NONE, OKAY}},
    {"no answer to the first kick", BOTH, {SILENCE_ONCE},     {OKAY, OKAY, TIME, TIME, OKAY, TIME,
                                                               NONE, OKAY, OKAY, NONE, OKAY}},
    {"hidden answers", BOTH, {HIDES},                         {NONE, TIME, TIME, TIME, OKAY, TIME,
                                                               NONE, NONE, TIME, NONE, OKAY}},
    {"a used id out of range", BOTH, {ID(99)},                {NONE, U_ID, U_ID, U_ID, U_ID, U_ID,
                                                               NONE, NONE, U_ID, NONE, OKAY}},
    {"a used id that is not out", BOTH, {ID(15)},             {NONE, U_ID, U_ID, U_ID, U_ID, U_ID,
                                                               NONE, NONE, U_ID, NONE, OKAY}},
    {"an answer twice", BOTH, {DOUBLES},                      {NONE, U_ID, OKAY, U_ID, OKAY, U_ID,
                                                               NONE, NONE, U_ID, NONE, OKAY}},
    {"answers of 4 GiB", BOTH, {LENGTH(0xffffffff)},          {NONE, ULEN, ULEN, ULEN, ULEN, ULEN,
                                                               NONE, NONE, ULEN, NONE, OKAY}},
    {"answers of 0 bytes", BOTH, {LENGTH(0)},                 {NONE, SHRT, OKAY, OKAY, OKAY, SHRT,
                                                               NONE, NONE, SHRT, NONE, OKAY}},
    {"answers of 1 byte", BOTH, {LENGTH(1)},                  {NONE, SHRT, ULEN, ULEN, OKAY, SHRT,
                                                               NONE, NONE, SHRT, NONE, OKAY}},
    {"an index one ahead", BOTH, {INDEX(1)},                  {NONE, UIDX, UIDX, UIDX, UIDX, UIDX,
                                                               NONE, NONE, UIDX, NONE, OKAY}},
    {"an index far ahead", BOTH, {INDEX(0x8000)},             {NONE, UIDX, UIDX, UIDX, UIDX, UIDX,
                                                               NONE, NONE, UIDX, NONE, OKAY}},
    {"an index one behind", BOTH, {INDEX(0xffff)},            {NONE, TIME, OKAY, TIME, OKAY, TIME,
                                                               NONE, NONE, TIME, NONE, OKAY}},
    {"answers in another order", BOTH, {SWAPS},               {NONE, SHRT, OKAY, OKAY, OKAY, OKAY,
                                                               NONE, NONE, SHRT, NONE, OKAY}},
    {"all changes once it was read", BOTH, {CHANGES},         {NONE, OKAY, OKAY, OKAY, OKAY, OKAY,
                                                               NONE, NONE, OKAY, NONE, OKAY}},

    /* ---- responses ---- */
    {"GET_DISPLAY_INFO is refused", BOTH,
     {WORD(DISPLAY_INFO, 0, 0x1200)},                         {NONE, OKAY, NONE, NONE, NONE, NONE,
                                                               NONE, NONE, OKAY, NONE, NONE}},
    {"CREATE_2D is refused", BOTH, {WORD(CREATE, 0, 0x1201)}, {NONE, REFU, NONE, NONE, NONE, NONE,
                                                               NONE, NONE, REFU, NONE, NONE}},
    {"ATTACH is refused", BOTH, {WORD(ATTACH, 0, 0x1200)},    {NONE, REFU, NONE, NONE, NONE, NONE,
                                                               NONE, NONE, REFU, NONE, NONE}},
    {"SET_SCANOUT is refused", BOTH,
     {WORD(SCANOUT, 0, 0x1202)},                              {NONE, REFU, NONE, NONE, NONE, NONE,
                                                               NONE, NONE, REFU, NONE, OKAY}},
    {"TRANSFER is refused", BOTH,
     {WORD(TRANSFER, 0, 0x1205)},                             {NONE, REFU, NONE, NONE, NONE, REFU,
                                                               NONE, NONE, REFU, NONE, NONE}},
    {"FLUSH is answered by type 0", BOTH, {WORD(FLUSH, 0, 0)},{NONE, RESP, NONE, NONE, NONE, RESP,
                                                               NONE, NONE, RESP, NONE, NONE}},
    {"FLUSH has another's fence", BOTH, {WORD(FLUSH, 2, 77)}, {NONE, FNCE, NONE, NONE, NONE, FNCE,
                                                               NONE, NONE, FNCE, NONE, NONE}},
    {"UNREF is answered by type 0", BOTH, {WORD(UNREF, 0, 0)},{NONE, NONE, NONE, NONE, NONE, NONE,
                                                               NONE, NONE, RESP, NONE, OKAY}},
};

/* ---- what is tried ---- */

static int tells_of_silence;            /* then the console's reader pauses */

static int all_of_a_text(const char *text, uint32_t count)
{
    const int n = vb_console_write(it.console, text, count);

    return n < 0 ? n : n < (int)count ? (int)it.console->device.failure.code : VB_OK;
}

static int writes(void)
{
    static char text[3000];

    memset(text, 'w', sizeof text);
    return all_of_a_text(text, sizeof text);
}

/* Four requests went out to a reader that paused; he reads on when the lies begin. */
static int drains(void)
{
    if (!tells_of_silence) {
        ours_resume(&o, 0);
        liar_answered(&it.l, 1);
    } else {
        it.l.told++;
    }
    it.l.waits = 2;
    return vb_console_drain(it.console);
}

static void prepare_draining(void)
{
    static char text[200];

    memset(text, 'd', sizeof text);
    it.l.waits = 0;
    ours_pause(&o, 0, 0);
    need_ok(all_of_a_text(text, sizeof text));
}

/* Four answers, as many as there are buffers. */
static int reads(void)
{
    static char text[4 * VB_CONSOLE_RX_BYTES], got[sizeof text];
    int n;

    memset(text, 'r', sizeof text);
    world_say(0, text, sizeof text);
    liar_answered(&it.l, 0);
    do
        n = vb_console_read(it.console, got, sizeof got);
    while (n > 0);
    return n;
}

static int tries(unsigned column)
{
    switch (column) {
    case OPENS_C: case REOPENS_C: return try(OPEN_CONSOLE);
    case OPENS_G: return try(OPEN_GPU);
    case WRITES: return writes();
    case DRAINS: return drains();
    case READS: return reads();
    case PRESENTS: return try(PRESENT);
    case POLLS: return try(POLL);
    case REOPENS_G: return try(REOPEN_GPU);
    case CLOSES_C: return try(CLOSE_CONSOLE);
    default: return try(CLOSE_GPU);
    }
}

/* ---- a cell ---- */

typedef struct place {
    const struct lying *row;
    unsigned column;
} place;

static unsigned lies_of(const struct lying *row)
{
    return row->lies[1].kind == HONEST ? 1 : 2;
}

static void cell_holds(void *argument)
{
    const place *p = argument;
    const operation kind = columns[p->column].console ? PRINT : PRESENT;
    const int wanted = p->row->cell[p->column];
    uint64_t began;
    int code;

    set_up(kind);
    o.end[0].has_budget = 0;
    if (columns[p->column].live)
        need_ok(open_honestly(kind));
    if (p->column == DRAINS)
        prepare_draining();
    world_forget();
    liar_tell(&it.l, p->row->lies, lies_of(p->row));
    tells_of_silence = p->row->lies[0].kind == LIE_SILENCE;
    began = world_now_us();
    world_deadline(began + VB_TIMEOUT_US + VB_RESET_US);
    code = tries(p->column);
    was_in_time(began);
    world_deadline(0);
    if (code != (wanted == NONE ? VB_OK : wanted))
        world_print_trace();
    need(code == (wanted == NONE ? VB_OK : wanted), "%s, not %s (lies told: %u)",
         vb_error_name(code), vb_error_name(wanted == NONE ? VB_OK : wanted), it.l.told);
    need((it.l.told == 0) == (wanted == NONE), "the lie was told %u times", it.l.told);
    if (columns[p->column].live && p->column != REOPENS_C && is_a_lie(code))
        stays_broken(kind, code);

    liar_tell(&it.l, NULL, 0);
    ours_resume(&o, 0);
    need_ok(open_honestly(kind));
    works_now(kind);
    need_ok(try(columns[p->column].console ? CLOSE_CONSOLE : CLOSE_GPU));
    world_leave(1);
}

static void all(stage *s)
{
    char name[160];
    size_t i;
    place p;

    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        for (p.column = 0; p.column < COLUMNS && rows[i].where & (s->mmio ? MMIO : PCI);
             p.column++) {
            p.row = &rows[i];
            snprintf(name, sizeof name, "%s, %s: %s", s->w->name, columns[p.column].name,
                     rows[i].name);
            tap_run(name, cell_holds, &p);
        }
}

int main(void)
{
    const ours_plan plan = {.width = WIDTH, .height = HEIGHT};

    tap_begin(60);
    on_both(&o, &it.s, plan, all);
    return tap_end();
}
