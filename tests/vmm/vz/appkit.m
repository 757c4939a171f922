/* appkit.m - an application, its menu and its window, without a screen.
 *
 * What the user does comes as lines of text, from the machine (fake.h):
 *      close           clicks the window's close button
 *      cmd K           types K with the command key, which looks for it in the menu
 *      resize W H      pulls the window to a size in points
 */
#import <AppKit/AppKit.h>
#import <Virtualization/Virtualization.h>
#import <dispatch/dispatch.h>

#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

@implementation NSResponder
@end

@implementation NSView
- (instancetype)initWithFrame:(NSRect)frame
{
    if ((self = [super init]))
        self.frame = frame;
    return self;
}
@end

@implementation NSScreen
+ (NSScreen *)mainScreen
{
    if (fake_is("no-windows"))
        fake_abort("there is no window server, and it is asked for a screen");
    return fake_is("no-screen") ? nil : [[NSScreen alloc] init];
}

- (CGFloat)backingScaleFactor
{
    return fake_is("scale-1") ? 1 : 2;
}
@end

/* ---- The menu -------------------------------------------------------------------------------- */

@implementation NSMenuItem
- (instancetype)initWithTitle:(NSString *)title action:(SEL)action keyEquivalent:(NSString *)key
{
    if ((self = [super init])) {
        self.title = title;
        self.action = action;
        self.keyEquivalent = key;
    }
    return self;
}
@end

@implementation NSMenu
- (instancetype)initWithTitle:(NSString *)title
{
    if ((self = [super init]))
        self.itemArray = [NSArray arrayWithObjects:(id[]){ self } count:0];
    return self;
}

- (void)addItem:(NSMenuItem *)item
{
    NSUInteger n = self.itemArray.count;
    id items[16];

    for (NSUInteger i = 0; i < n; i++)
        items[i] = self.itemArray[i];
    items[n] = item;
    self.itemArray = [NSArray arrayWithObjects:items count:n + 1];
}
@end

static NSMenu *first_menu(void)
{
    NSMenu *bar = NSApp.mainMenu;

    return bar.itemArray.count > 0 ? bar.itemArray[0].submenu : nil;
}

/* ---- The window ------------------------------------------------------------------------------ */

static NSWindow *shown;                 /* not weak: a window that is on the screen is held by it */

@implementation NSWindow {
    NSRect            rect;
    NSWindowStyleMask style;
    NSResponder      *responder;
    BOOL              centered;
}
- (instancetype)initWithContentRect:(NSRect)r styleMask:(NSWindowStyleMask)s
                            backing:(NSBackingStoreType)backing defer:(BOOL)defer
{
    fake_must_be_main("a window");
    if ((self = [super init])) {
        rect = r;
        style = s;
        self.releasedWhenClosed = YES;
        self.title = @"";
    }
    return self;
}

- (void)center
{
    centered = YES;
}

- (void)makeKeyAndOrderFront:(id)sender
{
    shown = self;
}

- (BOOL)makeFirstResponder:(NSResponder *)wanted
{
    responder = wanted;
    return YES;
}

- (void)performClose:(id)sender
{
    if (!(style & NSWindowStyleMaskClosable)) {
        fake_log("beep: the window cannot be closed");
        return;
    }
    if (self.releasedWhenClosed)
        fake_abort("a window that ARC holds is released when it closes: once too often");
    shown = nil;
    if (runtime_responds((__bridge void *)NSApp.delegate,
                         "applicationShouldTerminateAfterLastWindowClosed:")
        && [NSApp.delegate applicationShouldTerminateAfterLastWindowClosed:NSApp])
        dispatch_async(dispatch_get_main_queue(), ^{ [NSApp terminate:nil]; });
}

- (void)resizeTo:(NSSize)size
{
    VZVirtualMachineView *view = (VZVirtualMachineView *)self.contentView;
    CGFloat scale = NSScreen.mainScreen.backingScaleFactor;

    if (!(style & NSWindowStyleMaskResizable)) {
        fake_log("beep: the window cannot be resized");
        return;
    }
    rect.size = size;
    if (view.automaticallyReconfiguresDisplay)
        fake_log("the guest's display is %gx%g", size.width * scale, size.height * scale);
    else
        fake_log("the picture is stretched, %gx%g stays its ratio", self.contentAspectRatio.width,
                 self.contentAspectRatio.height);
}

- (void)describe
{
    VZVirtualMachineView *view = (VZVirtualMachineView *)self.contentView;

    fake_log("window: %gx%g%s%s%s%s%s, \"%s\"", rect.size.width, rect.size.height,
             style & NSWindowStyleMaskTitled ? " titled" : "",
             style & NSWindowStyleMaskClosable ? " closable" : "",
             style & NSWindowStyleMaskMiniaturizable ? " miniaturizable" : "",
             style & NSWindowStyleMaskResizable ? " resizable" : "",
             centered ? " centered" : "", self.title.UTF8String);
    fake_log("view: %s, keys go to %s, system keys are %s",
             view.virtualMachine != nil ? "shows the machine" : "shows nothing",
             responder == view ? "it" : "nobody",
             view.capturesSystemKeys ? "its own" : "the Mac's");
}
@end

@interface NSWindow (Fake)
- (void)resizeTo:(NSSize)size;
- (void)describe;
@end

/* ---- The application ------------------------------------------------------------------------- */

NSApplication *NSApp;

@implementation NSApplication {
    NSApplicationActivationPolicy policy;
    BOOL                          front, leaving;
}
+ (NSApplication *)sharedApplication
{
    fake_must_be_main("NSApplication");
    if (NSApp == nil) {
        NSApp = [[NSApplication alloc] init];
        NSApp->policy = NSApplicationActivationPolicyProhibited;
    }
    return NSApp;
}

- (BOOL)setActivationPolicy:(NSApplicationActivationPolicy)wanted
{
    policy = wanted;
    return YES;
}

- (void)activateIgnoringOtherApps:(BOOL)others
{
    front = others;
}

- (void)run
{
    NSNotification *note = [[NSNotification alloc] init];

    if (runtime_responds((__bridge void *)self.delegate, "applicationDidFinishLaunching:"))
        [self.delegate applicationDidFinishLaunching:note];
    fake_run_loop();
}

- (void)terminate:(id)sender
{
    NSApplicationTerminateReply reply = NSTerminateNow;

    if (leaving)
        return;
    if (runtime_responds((__bridge void *)self.delegate, "applicationShouldTerminate:"))
        reply = [self.delegate applicationShouldTerminate:self];
    leaving = reply == NSTerminateLater;
    if (reply == NSTerminateNow) {
        fake_log("the application ends at once");
        exit(0);
    }
}

- (void)replyToApplicationShouldTerminate:(BOOL)should
{
    leaving = NO;
    if (should)
        exit(0);
}

- (void)describe
{
    NSMenu *menu = first_menu();

    fake_log("application: %s, %s", policy == NSApplicationActivationPolicyRegular
             ? "with a menu bar" : "without a menu bar", front ? "in front" : "behind");
    for (NSUInteger i = 0; i < menu.itemArray.count; i++)
        fake_log("menu: %s Cmd-%s", menu.itemArray[i].title.UTF8String,
                 menu.itemArray[i].keyEquivalent.UTF8String);
}
@end

@interface NSApplication (Fake)
- (void)describe;
@end

void fake_describe_screen(void)
{
    [NSApp describe];
    if (shown == nil)
        fake_log("window: none");
    [shown describe];
}

/* An action goes to the first that has it: window, application. */
static void perform(SEL action)
{
    if (action == NULL)
        return;
    if (shown != nil && strcmp((const char *)(void *)action, "performClose:") == 0)
        [shown performClose:nil];
    else if (strcmp((const char *)(void *)action, "terminate:") == 0)
        [NSApp terminate:nil];
    else
        fake_log("beep: nobody does %s", (const char *)(void *)action);
}

static void type_command(const char *key)
{
    NSMenu *menu = first_menu();

    for (NSUInteger i = 0; i < menu.itemArray.count; i++)
        if (strcmp(menu.itemArray[i].keyEquivalent.UTF8String, key) == 0) {
            perform(menu.itemArray[i].action);
            return;
        }
    fake_log("beep: no Cmd-%s in the menu", key);
}

void fake_user(const char *line)
{
    NSSize size;
    char key[2];

    if (strcmp(line, "close") == 0)
        [shown performClose:nil];
    else if (sscanf(line, "cmd %1s", key) == 1)
        type_command(key);
    else if (sscanf(line, "resize %lf %lf", &size.width, &size.height) == 2)
        [shown resizeTo:size];
    else
        fake_abort("the user does something that nobody knows");
}
