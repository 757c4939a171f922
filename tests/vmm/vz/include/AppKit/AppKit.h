/* AppKit.h - the names of Apple's AppKit that main_vz.m and the fake use. */
#ifndef FAKE_APPKIT_H
#define FAKE_APPKIT_H

#import <Foundation/Foundation.h>

#pragma clang assume_nonnull begin

@class NSApplication, NSMenu, NSView;

typedef ENUM(NSInteger, NSApplicationActivationPolicy) {
    NSApplicationActivationPolicyRegular    = 0,
    NSApplicationActivationPolicyAccessory  = 1,
    NSApplicationActivationPolicyProhibited = 2
};
typedef ENUM(NSUInteger, NSApplicationTerminateReply) {
    NSTerminateCancel = 0, NSTerminateNow = 1, NSTerminateLater = 2
};
typedef ENUM(NSUInteger, NSWindowStyleMask) {
    NSWindowStyleMaskTitled         = 1,
    NSWindowStyleMaskClosable       = 2,
    NSWindowStyleMaskMiniaturizable = 4,
    NSWindowStyleMaskResizable      = 8
};
typedef ENUM(NSUInteger, NSBackingStoreType) { NSBackingStoreBuffered = 2 };

/* In the SDK all of its methods are optional: a misspelt one compiles, and is never called. Those
 * of main_vz.m are required here, so that a misspelt one is missed. */
@protocol NSApplicationDelegate <NSObject>
- (void)applicationDidFinishLaunching:(NSNotification *)notification;
- (BOOL)applicationShouldTerminateAfterLastWindowClosed:(NSApplication *)app;
- (NSApplicationTerminateReply)applicationShouldTerminate:(NSApplication *)app;
@end

@interface NSResponder : NSObject
@end

@interface NSApplication : NSResponder
@property(class, readonly, strong) NSApplication *sharedApplication;
@property(nullable, weak) id<NSApplicationDelegate> delegate;
@property(nullable, strong) NSMenu *mainMenu;
- (BOOL)setActivationPolicy:(NSApplicationActivationPolicy)policy;
- (void)activateIgnoringOtherApps:(BOOL)others;         /* NSApplication.activate from 14.0 on */
- (void)run;
- (void)terminate:(nullable id)sender;
- (void)replyToApplicationShouldTerminate:(BOOL)should;
@end
extern NSApplication *_Null_unspecified NSApp;

@interface NSMenuItem : NSObject
- (instancetype)initWithTitle:(NSString *)title
                       action:(nullable SEL)action
                keyEquivalent:(NSString *)key DESIGNATED;
@property(nullable, strong) NSMenu *submenu;
@property(nullable) SEL action;
@property(copy) NSString *title, *keyEquivalent;
@end

@interface NSMenu : NSObject
- (instancetype)initWithTitle:(NSString *)title DESIGNATED;
- (void)addItem:(NSMenuItem *)item;
@property(copy) NSArray<NSMenuItem *> *itemArray;
@end

@interface NSScreen : NSObject
@property(class, nullable, readonly, strong) NSScreen *mainScreen;
@property(readonly) CGFloat backingScaleFactor;
@end

@interface NSView : NSResponder
- (instancetype)initWithFrame:(NSRect)frame DESIGNATED;
@property NSRect frame;
@end

@interface NSWindow : NSResponder
- (instancetype)initWithContentRect:(NSRect)rect
                          styleMask:(NSWindowStyleMask)style
                            backing:(NSBackingStoreType)backing
                              defer:(BOOL)defer DESIGNATED;
@property(copy) NSString *title;
@property(nullable, strong) NSView *contentView;
@property(getter=isReleasedWhenClosed) BOOL releasedWhenClosed;
@property NSSize contentAspectRatio;
- (void)center;
- (void)makeKeyAndOrderFront:(nullable id)sender;
- (BOOL)makeFirstResponder:(nullable NSResponder *)responder;
- (void)performClose:(nullable id)sender;
@end

#pragma clang assume_nonnull end
#endif
