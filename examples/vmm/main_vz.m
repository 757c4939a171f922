/* main_vz.m - boots a kernel on Virtualization.framework, the machine that macOS 13 and later have.
 *
 *      Apple's process: CPU, memory, virtio devices, device tree, loader
 *           | console: two pipes           | picture, keys, pointer
 *      vz_run.c: text, time, end           VZVirtualMachineView, in our window
 *
 * Begin with main() at the end: all steps, from the options to the window. No machine is made here,
 * it is only described, in configure(); so this main is the shortest, and sees least: no exits, no
 * registers, no pixels. What it shares with the others is in host/.
 *
 * For readers of C: [object do:a with:b] calls a method; so does object.name = v. @[ a, b ] is an
 * array, @"text" a string object, ^{ ... } a block: code for later, with the variables around it.
 * Nothing is freed by hand: an object lives as long as something holds it (ARC), and a delegate is
 * not held by its object; hence the statics.
 */
#import <AppKit/AppKit.h>
#import <Virtualization/Virtualization.h>

#include "host/image.h"
#include "host/process.h"
#include "vz_run.h"

#include <stdlib.h>

#define ONLY_PCI "Virtualization.framework attaches virtio by PCI: leave --transport away"
#define NO_LOOK  "the devices are Apple's, and nobody looks into them: vmm-hvf has its own"

static const struct refusal refusals[] = {
    { "--transport", "mmio", ONLY_PCI }, { "--transport", "both", ONLY_PCI },
    { "--display", "png", VZ_NO_PIXELS }, { "--display", "text", VZ_NO_PIXELS },
    { "--screenshot", NULL, VZ_NO_PIXELS }, { "--frames", NULL, VZ_NO_PIXELS },
    { "--exit-after-frames", NULL, "nobody is told when a frame is drawn: use --timeout" },
    { "--serial", NULL, "this machine has no UART; what its console says is on stdout" },
    { "--trace", NULL, NO_LOOK }, { "--lint", NULL, NO_LOOK },
    { "--machine", "plain", "the machine is Virtualization.framework's own: leave this away" },
    { "--gpu-delay", NULL, NO_LOOK }, { "--gpu-mute-first", NULL, NO_LOOK },
    { "--map", NULL, "Virtualization.framework's map is fixed: vmm-hvf has several" },
    { "--dtb", NULL, "Virtualization.framework writes the device tree: vmm-hvf takes another" },
    { "--gdb", NULL, "it needs an emulator: use vmm-qemu --gdb" },
    { NULL, NULL, NULL }
};

static const struct launcher launcher = {
    "vmm-vz", "boots a kernel on Apple's Virtualization.framework, with Apple's virtio devices",
    NULL, refusals
};

@interface Keeper : NSObject <NSApplicationDelegate, VZVirtualMachineDelegate>
@end

static struct options    o;
static const char       *program;               /* our own file, which must be signed */
static VZVirtualMachine *machine;               /* lives on the main thread, as AppKit does */
static NSWindow         *window;
static Keeper           *keeper;                /* is told what happens to machine and window */

/* ---- The framework's refusals ---------------------------------------------------------------- */

static void explain(const char *what, NSError *error)
{
    const char *why = error.localizedDescription.UTF8String;
    NSInteger code = [error.domain isEqualToString:VZErrorDomain] ? error.code : 0;

    say("%s: %s (%s %ld)", what, why, error.domain.UTF8String, (long)error.code);
    if (!VZVirtualMachine.supported)
        say("this Mac has no virtual machine to give (is it one itself?): vmm-qemu needs none");
    else if (code == VZErrorInvalidVirtualMachineConfiguration)
        say("usually the signature is missing: codesign --sign - --force --entitlements "
            "examples/vmm/vmm_vz.entitlements %s. Or --mem is no whole number of MiB, or --mem or "
            "--size is more than this Mac gives", program);
    else if (code == VZErrorInternal)
        say("usually the framework cannot boot this kernel, or its first instructions crashed: "
            "does it boot with vmm-hvf? Reports are in ~/Library/Logs/DiagnosticReports, under "
            "com.apple.Virtualization.VirtualMachine");
}

/* ---- The machine, described ------------------------------------------------------------------ */

static NSURL *file(const char *path)
{
    return [NSURL fileURLWithFileSystemRepresentation:path isDirectory:NO relativeToURL:nil];
}

/* Keyboard and pointer are USB devices: Linux has drivers for them. */
static void add_display(VZVirtualMachineConfiguration *c)
{
    VZVirtioGraphicsDeviceConfiguration *gpu = [[VZVirtioGraphicsDeviceConfiguration alloc] init];

    [gpu setScanouts:@[ [[VZVirtioGraphicsScanoutConfiguration alloc]
                            initWithWidthInPixels:(NSInteger)o.width
                                   heightInPixels:(NSInteger)o.height] ]];
    [c setGraphicsDevices:@[ gpu ]];
    [c setKeyboards:@[ [[VZUSBKeyboardConfiguration alloc] init] ]];
    [c setPointingDevices:@[ [[VZUSBScreenCoordinatePointingDeviceConfiguration alloc] init] ]];
}

static VZVirtualMachineConfiguration *configure(NSString *words, int reads, int writes)
{
    VZVirtualMachineConfiguration *c = [[VZVirtualMachineConfiguration alloc] init];
    VZLinuxBootLoader *loader = [[VZLinuxBootLoader alloc] initWithKernelURL:file(o.kernel)];
    VZVirtioConsoleDeviceSerialPortConfiguration *console =
        [[VZVirtioConsoleDeviceSerialPortConfiguration alloc] init];

    loader.commandLine = words;
    if (o.initrd != NULL)
        loader.initialRamdiskURL = file(o.initrd);
    c.bootLoader = loader;
    c.platform = [[VZGenericPlatformConfiguration alloc] init];
    c.CPUCount = 1;
    c.memorySize = o.memory;
    console.attachment = [[VZFileHandleSerialPortAttachment alloc]
        initWithFileHandleForReading:[[NSFileHandle alloc] initWithFileDescriptor:reads]
                fileHandleForWriting:[[NSFileHandle alloc] initWithFileDescriptor:writes]];
    [c setSerialPorts:@[ console ]];
    [c setEntropyDevices:@[ [[VZVirtioEntropyDeviceConfiguration alloc] init] ]];
    if (o.display == DISPLAY_WINDOW)
        add_display(c);
    return c;
}

/* ---- Start, window, and what happens to them ------------------------------------------------- */

static void start(void)
{
    vz_run_start(&o);
    [machine startWithCompletionHandler:^(NSError *error) {
        if (error != nil) {
            explain("the machine did not start", error);
            vz_end(VERDICT_HOST);
        }
    }];
}

bool vz_stop(void)
{
    if (!machine.canStop)
        return false;
    [machine stopWithCompletionHandler:^(NSError *error) {
        vz_leave();
    }];
    return true;
}

/* A pixel of the guest is one of the screen, and on most Macs two of those make a point. */
static void open_window(void)
{
    CGFloat scale = NSScreen.mainScreen.backingScaleFactor;
    NSRect frame = NSMakeRect(0, 0, o.width / scale, o.height / scale);
    VZVirtualMachineView *view = [[VZVirtualMachineView alloc] initWithFrame:frame];
    NSWindowStyleMask style = NSWindowStyleMaskTitled | NSWindowStyleMaskClosable
                              | NSWindowStyleMaskMiniaturizable | NSWindowStyleMaskResizable;

    window = [[NSWindow alloc] initWithContentRect:frame styleMask:style
                                           backing:NSBackingStoreBuffered defer:NO];
    view.virtualMachine = machine;
    view.capturesSystemKeys = NO;               /* Cmd-Tab and the like stay the Mac's */
    if (@available(macOS 14.0, *))
        view.automaticallyReconfiguresDisplay = YES;    /* the guest hears of the window's size */
    else
        window.contentAspectRatio = frame.size; /* its picture is stretched */
    window.releasedWhenClosed = NO;             /* ARC does that */
    window.title = @"virtio_bare";
    window.contentView = view;
    [window center];
    [window makeKeyAndOrderFront:nil];
    [window makeFirstResponder:view];           /* which gets the keys */
}

/* Cmd-W and Cmd-Q work through a menu only. The first menu is the program's, whatever its title. */
static NSMenu *make_menu(void)
{
    NSMenu *bar = [[NSMenu alloc] initWithTitle:@""], *menu = [[NSMenu alloc] initWithTitle:@""];
    NSMenuItem *slot = [[NSMenuItem alloc] initWithTitle:@"" action:NULL keyEquivalent:@""];

    [menu addItem:[[NSMenuItem alloc] initWithTitle:@"Close" action:@selector(performClose:)
                                      keyEquivalent:@"w"]];
    [menu addItem:[[NSMenuItem alloc] initWithTitle:@"Quit" action:@selector(terminate:)
                                      keyEquivalent:@"q"]];
    slot.submenu = menu;
    [bar addItem:slot];
    return bar;
}

@implementation Keeper
- (void)guestDidStopVirtualMachine:(VZVirtualMachine *)stopped
{
    vz_end(VERDICT_FINE);
}

- (void)virtualMachine:(VZVirtualMachine *)stopped didStopWithError:(NSError *)error
{
    explain("the machine stopped", error);
    vz_end(VERDICT_CRASH);
}

- (void)applicationDidFinishLaunching:(NSNotification *)notification
{
    open_window();
    [NSApp activateIgnoringOtherApps:YES];
    start();
}

- (BOOL)applicationShouldTerminateAfterLastWindowClosed:(NSApplication *)app
{
    return YES;
}

/* The window was closed, or Quit chosen. We leave when the machine is stopped. */
- (NSApplicationTerminateReply)applicationShouldTerminate:(NSApplication *)app
{
    vz_end(VERDICT_FINE);
    return NSTerminateLater;
}
@end

/* ---- All of it ------------------------------------------------------------------------------- */

/* Kernel and initrd can be booted; there is a screen for the window, or it is not asked for. */
static enum verdict look_at_wishes(void)
{
    static const struct image_wanted wanted = { ARCH_AARCH64, IMAGE_LINUX };
    struct image image;
    bool screen = o.display != DISPLAY_NONE && getenv("SSH_CONNECTION") == NULL
               && NSScreen.mainScreen != nil;

    if (!image_check(&image, &o, &wanted))
        return VERDICT_USAGE;
    if (o.display == DISPLAY_WINDOW && !screen) {
        say("no window, there is no screen here: --display none does without");
        return VERDICT_HOST;
    }
    if (o.display == DISPLAY_AUTO)
        o.display = screen ? DISPLAY_WINDOW : DISPLAY_NONE;
    return VERDICT_FINE;
}

/* The machine: described, approved, made. */
static enum verdict make_machine(void)
{
    NSString *words = [NSString stringWithUTF8String:o.append];
    VZVirtualMachineConfiguration *c;
    NSError *error = nil;
    int reads, writes;

    if (words == nil) {
        say("--append: these words are no UTF-8");
        return VERDICT_USAGE;
    }
    if (!vz_run_open(&reads, &writes))
        return VERDICT_HOST;
    c = configure(words, reads, writes);
    if (![c validateWithError:&error]) {
        explain("the machine is refused", error);
        return VERDICT_HOST;
    }
    machine = [[VZVirtualMachine alloc] initWithConfiguration:c];
    machine.delegate = keeper;
    return VERDICT_FINE;
}

static void run_with_window(void)
{
    NSApplication *app = NSApplication.sharedApplication;

    [app setActivationPolicy:NSApplicationActivationPolicyRegular];
    app.mainMenu = make_menu();
    app.delegate = keeper;
    [app run];
}

int main(int argc, char **argv)
{
    int code;

    process_begin();
    program = argv[0];
    code = options_parse(&o, &launcher, argc, argv);
    if (code >= 0)
        return code;
    @autoreleasepool {
        keeper = [[Keeper alloc] init];
        code = (int)look_at_wishes();
        if (code == VERDICT_FINE)
            code = (int)make_machine();
        if (code != VERDICT_FINE)
            return code;
        if (o.display == DISPLAY_WINDOW)
            run_with_window();          /* which calls applicationDidFinishLaunching: above */
        start();
        for (;;)                        /* until vz_leave() */
            [NSRunLoop.mainRunLoop runUntilDate:NSDate.distantFuture];
    }
}
