/* Virtualization.h - the names of Apple's Virtualization that main_vz.m and the fake use, and some
 * neighbours that could be taken for them. What is not marked is there from macOS 11.0 on. */
#ifndef FAKE_VIRTUALIZATION_H
#define FAKE_VIRTUALIZATION_H

#import <AppKit/AppKit.h>
#import <Foundation/Foundation.h>
#import <dispatch/dispatch.h>

#pragma clang assume_nonnull begin

@class VZVirtualMachine;

extern NSString *const VZErrorDomain;
typedef ENUM(NSInteger, VZErrorCode) {
    VZErrorInternal                           = 1,
    VZErrorInvalidVirtualMachineConfiguration = 2,
    VZErrorInvalidVirtualMachineState         = 3,
    VZErrorInvalidVirtualMachineStateTransition = 4,
    VZErrorInvalidDiskImage                   = 5,
    VZErrorVirtualMachineLimitExceeded        = 6
};

/* ---- Loader and platform ---- */
@interface VZBootLoader : NSObject <NSCopying>
NOT_MADE_BY_INIT
@end
@interface VZLinuxBootLoader : VZBootLoader
- (instancetype)initWithKernelURL:(NSURL *)kernelURL DESIGNATED;
@property(copy) NSURL *kernelURL;
@property(copy) NSString *commandLine;
@property(copy, nullable) NSURL *initialRamdiskURL;
@end

SINCE(12.0) @interface VZPlatformConfiguration : NSObject <NSCopying>
NOT_MADE_BY_INIT
@end
SINCE(12.0) @interface VZGenericPlatformConfiguration : VZPlatformConfiguration
- (instancetype)init DESIGNATED;
@end

/* ---- Console ---- */
@interface VZSerialPortAttachment : NSObject
NOT_MADE_BY_INIT
@end
@interface VZFileHandleSerialPortAttachment : VZSerialPortAttachment
- (instancetype)initWithFileHandleForReading:(nullable NSFileHandle *)reading
                        fileHandleForWriting:(nullable NSFileHandle *)writing DESIGNATED;
@property(readonly, nullable) NSFileHandle *fileHandleForReading;
@property(readonly, nullable) NSFileHandle *fileHandleForWriting;
@end
@interface VZSerialPortConfiguration : NSObject <NSCopying>
NOT_MADE_BY_INIT
@property(strong, nullable) VZSerialPortAttachment *attachment;
@end
@interface VZVirtioConsoleDeviceSerialPortConfiguration : VZSerialPortConfiguration
- (instancetype)init DESIGNATED;
@end
SINCE(13.0) @interface VZConsoleDeviceConfiguration : NSObject <NSCopying>    /* several ports */
NOT_MADE_BY_INIT
@end
SINCE(13.0) @interface VZVirtioConsoleDeviceConfiguration : VZConsoleDeviceConfiguration
- (instancetype)init DESIGNATED;
@end

/* ---- Display, keyboard, pointer ---- */
SINCE(12.0) @interface VZGraphicsDeviceConfiguration : NSObject <NSCopying>
NOT_MADE_BY_INIT
@end
SINCE(13.0) @interface VZVirtioGraphicsScanoutConfiguration : NSObject <NSCopying>
NOT_MADE_BY_INIT
- (instancetype)initWithWidthInPixels:(NSInteger)width
                       heightInPixels:(NSInteger)height DESIGNATED;
@property NSInteger widthInPixels;
@property NSInteger heightInPixels;
@end
SINCE(13.0) @interface VZVirtioGraphicsDeviceConfiguration : VZGraphicsDeviceConfiguration
- (instancetype)init DESIGNATED;
@property(copy) NSArray<VZVirtioGraphicsScanoutConfiguration *> *scanouts;
@end

SINCE(12.0) @interface VZKeyboardConfiguration : NSObject <NSCopying>
NOT_MADE_BY_INIT
@end
SINCE(12.0) @interface VZUSBKeyboardConfiguration : VZKeyboardConfiguration
- (instancetype)init DESIGNATED;
@end
SINCE(14.0) @interface VZMacKeyboardConfiguration : VZKeyboardConfiguration   /* macOS guests */
- (instancetype)init DESIGNATED;
@end
SINCE(12.0) @interface VZPointingDeviceConfiguration : NSObject <NSCopying>
NOT_MADE_BY_INIT
@end
SINCE(12.0) @interface VZUSBScreenCoordinatePointingDeviceConfiguration
    : VZPointingDeviceConfiguration
- (instancetype)init DESIGNATED;
@end
SINCE(13.0) @interface VZMacTrackpadConfiguration : VZPointingDeviceConfiguration /* macOS guests */
- (instancetype)init DESIGNATED;
@end

/* ---- Entropy ---- */
@interface VZEntropyDeviceConfiguration : NSObject <NSCopying>
NOT_MADE_BY_INIT
@end
@interface VZVirtioEntropyDeviceConfiguration : VZEntropyDeviceConfiguration
- (instancetype)init DESIGNATED;
@end

/* ---- All of it ---- */
@interface VZVirtualMachineConfiguration : NSObject <NSCopying>
@property(strong, nullable) VZBootLoader *bootLoader;
@property(strong) VZPlatformConfiguration *platform SINCE(12.0);
@property uint64_t memorySize;                          /* bytes, whole MiB */
@property NSUInteger CPUCount;
@property(copy) NSArray<VZSerialPortConfiguration *> *serialPorts;
@property(copy) NSArray<VZConsoleDeviceConfiguration *> *consoleDevices SINCE(13.0);
@property(copy) NSArray<VZEntropyDeviceConfiguration *> *entropyDevices;
@property(copy) NSArray<VZGraphicsDeviceConfiguration *> *graphicsDevices SINCE(12.0);
@property(copy) NSArray<VZKeyboardConfiguration *> *keyboards SINCE(12.0);
@property(copy) NSArray<VZPointingDeviceConfiguration *> *pointingDevices SINCE(12.0);
@property(class, readonly) uint64_t minimumAllowedMemorySize;
@property(class, readonly) uint64_t maximumAllowedMemorySize;
- (BOOL)validateWithError:(NSError *_Nullable *_Nullable)error;
@end

typedef ENUM(NSInteger, VZVirtualMachineState) {
    VZVirtualMachineStateStopped  = 0,
    VZVirtualMachineStateRunning  = 1,
    VZVirtualMachineStateError    = 3,
    VZVirtualMachineStateStarting = 4,
    VZVirtualMachineStateStopping = 7
};

/* Optional in the SDK, required here, as in AppKit.h. */
@protocol VZVirtualMachineDelegate <NSObject>
- (void)guestDidStopVirtualMachine:(VZVirtualMachine *)machine;
- (void)virtualMachine:(VZVirtualMachine *)machine didStopWithError:(NSError *)error;
@end

@interface VZVirtualMachine : NSObject
NOT_MADE_BY_INIT
- (instancetype)initWithConfiguration:(VZVirtualMachineConfiguration *)configuration;
- (instancetype)initWithConfiguration:(VZVirtualMachineConfiguration *)configuration
                                queue:(dispatch_queue_t)queue DESIGNATED;
@property(class, readonly, getter=isSupported) BOOL supported;
@property(readonly) VZVirtualMachineState state;
@property(nullable, weak) id<VZVirtualMachineDelegate> delegate;
@property(readonly) BOOL canStart;
@property(readonly) BOOL canStop SINCE(12.0);
- (void)startWithCompletionHandler:(void (^)(NSError *_Nullable error))handler;
- (void)stopWithCompletionHandler:(void (^)(NSError *_Nullable error))handler SINCE(12.0);
- (BOOL)requestStopWithError:(NSError *_Nullable *_Nullable)error;
@end

SINCE(12.0) @interface VZVirtualMachineView : NSView
@property(nullable, strong) VZVirtualMachine *virtualMachine;
@property BOOL capturesSystemKeys;
@property BOOL automaticallyReconfiguresDisplay SINCE(14.0);
@end

#pragma clang assume_nonnull end
#endif
