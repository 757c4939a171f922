/* virtualization.m - what is configured, whether Apple would take it, and the machine's life. */
#define FAKE_INSIDE
#import <Virtualization/Virtualization.h>

#include "fake.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MiB 1048576ull

NSString *const VZErrorDomain = @"VZErrorDomain";

static NSError *error_of(NSInteger code, const char *words)
{
    return [NSError errorWithDomain:VZErrorDomain code:code
                           userInfo:[NSString stringWithUTF8String:words]];
}

/* ---- Descriptions: classes with properties, which make themselves ---------------------------- */

@implementation VZBootLoader @end
@implementation VZPlatformConfiguration @end
@implementation VZGenericPlatformConfiguration
- (instancetype)init { return [super init]; }
@end
@implementation VZSerialPortAttachment @end
@implementation VZSerialPortConfiguration @end
@implementation VZVirtioConsoleDeviceSerialPortConfiguration
- (instancetype)init { return [super init]; }
@end
@implementation VZConsoleDeviceConfiguration @end
@implementation VZVirtioConsoleDeviceConfiguration
- (instancetype)init { return [super init]; }
@end
@implementation VZGraphicsDeviceConfiguration @end
@implementation VZVirtioGraphicsDeviceConfiguration
- (instancetype)init { return [super init]; }
@end
@implementation VZKeyboardConfiguration @end
@implementation VZUSBKeyboardConfiguration
- (instancetype)init { return [super init]; }
@end
@implementation VZMacKeyboardConfiguration
- (instancetype)init { return [super init]; }
@end
@implementation VZPointingDeviceConfiguration @end
@implementation VZUSBScreenCoordinatePointingDeviceConfiguration
- (instancetype)init { return [super init]; }
@end
@implementation VZMacTrackpadConfiguration
- (instancetype)init { return [super init]; }
@end
@implementation VZEntropyDeviceConfiguration @end
@implementation VZVirtioEntropyDeviceConfiguration
- (instancetype)init { return [super init]; }
@end

@implementation VZLinuxBootLoader
- (instancetype)initWithKernelURL:(NSURL *)url
{
    if ((self = [super init])) {
        self.kernelURL = url;
        self.commandLine = @"";
    }
    return self;
}
@end

@implementation VZFileHandleSerialPortAttachment
@synthesize fileHandleForReading, fileHandleForWriting;
- (instancetype)initWithFileHandleForReading:(NSFileHandle *)reading
                        fileHandleForWriting:(NSFileHandle *)writing
{
    if ((self = [super init])) {
        fileHandleForReading = reading;
        fileHandleForWriting = writing;
    }
    return self;
}
@end

@implementation VZVirtioGraphicsScanoutConfiguration
- (instancetype)initWithWidthInPixels:(NSInteger)width heightInPixels:(NSInteger)height
{
    if ((self = [super init])) {
        self.widthInPixels = width;
        self.heightInPixels = height;
    }
    return self;
}
@end

@implementation VZVirtualMachineView
@end

/* ---- Is it acceptable? ----------------------------------------------------------------------- */

static bool is_a(id object, Class class)
{
    return [object isKindOfClass:class];
}

static bool can_be_read(NSURL *file)
{
    return access(file.fileSystemRepresentation, R_OK) == 0;
}

static bool goes(NSFileHandle *handle, int direction)
{
    int flags = handle != nil ? fcntl(handle.fileDescriptor, F_GETFL) : -1;

    return flags >= 0 && ((flags & O_ACCMODE) == O_RDWR || (flags & O_ACCMODE) == direction);
}

/* Null, or what is wrong with the attachment of a serial port. */
static const char *wrong_port(VZSerialPortConfiguration *port)
{
    VZFileHandleSerialPortAttachment *a = (VZFileHandleSerialPortAttachment *)port.attachment;

    if (!is_a(port, [VZVirtioConsoleDeviceSerialPortConfiguration class]))
        return "The serial port is of no known kind.";
    if (!is_a(a, [VZFileHandleSerialPortAttachment class]))
        return "The serial port has no attachment.";
    if (!goes(a.fileHandleForReading, O_RDONLY) || !goes(a.fileHandleForWriting, O_WRONLY))
        return "A file handle of the serial port is invalid.";
    return NULL;
}

static const char *wrong_gpu(VZGraphicsDeviceConfiguration *device)
{
    VZVirtioGraphicsDeviceConfiguration *gpu = (VZVirtioGraphicsDeviceConfiguration *)device;

    if (!is_a(gpu, [VZVirtioGraphicsDeviceConfiguration class]))
        return "The graphics device is of no known kind.";
    if (gpu.scanouts.count != 1 || gpu.scanouts[0].widthInPixels <= 0)
        return "The graphics device needs one scanout.";
    return NULL;
}

static const char *wrong(VZVirtualMachineConfiguration *c)
{
    VZLinuxBootLoader *loader = (VZLinuxBootLoader *)c.bootLoader;
    const char *what = NULL;

    if (fake_is("unsupported"))
        return "Virtualization is not available on this hardware.";
    if (fake_is("unsigned"))
        return "The process doesn't have the \"com.apple.security.virtualization\" entitlement.";
    if (!is_a(loader, [VZLinuxBootLoader class]) || !can_be_read(loader.kernelURL)
        || (loader.initialRamdiskURL != nil && !can_be_read(loader.initialRamdiskURL)))
        return "The boot loader is invalid.";
    if (!is_a(c.platform, [VZGenericPlatformConfiguration class]))
        return "The platform is not compatible with the boot loader.";
    if (c.CPUCount < 1)
        return "The number of CPUs is too low.";
    if (c.memorySize % MiB != 0)
        return "The memory size is not a multiple of 1 megabyte.";
    if (c.memorySize < VZVirtualMachineConfiguration.minimumAllowedMemorySize
        || c.memorySize > VZVirtualMachineConfiguration.maximumAllowedMemorySize)
        return "The memory size is out of range.";
    for (NSUInteger i = 0; i < c.serialPorts.count && what == NULL; i++)
        what = wrong_port(c.serialPorts[i]);
    for (NSUInteger i = 0; i < c.graphicsDevices.count && what == NULL; i++)
        what = wrong_gpu(c.graphicsDevices[i]);
    return what;
}

@implementation VZVirtualMachineConfiguration {
    @public
    BOOL valid;
}
+ (uint64_t)minimumAllowedMemorySize
{
    return 4 * MiB;
}

+ (uint64_t)maximumAllowedMemorySize
{
    return 16384 * MiB;
}

- (BOOL)validateWithError:(NSError **)error
{
    const char *what = wrong(self);
    char words[300];

    valid = what == NULL;
    if (valid)
        return YES;
    snprintf(words, sizeof words, "Invalid virtual machine configuration. %s", what);
    if (error != NULL)
        *error = error_of(VZErrorInvalidVirtualMachineConfiguration, words);
    return NO;
}
@end

/* ---- What it is asked for -------------------------------------------------------------------- */

static const char *object_name(id object)
{
    extern const char *runtime_name(void *o);

    return runtime_name((__bridge void *)object);
}

static const char *kind(NSArray *devices)
{
    return devices.count == 1 ? object_name(devices[0]) : devices.count == 0 ? "none" : "several";
}

static void describe(VZVirtualMachineConfiguration *c)
{
    VZLinuxBootLoader *loader = (VZLinuxBootLoader *)c.bootLoader;

    fake_log("machine: %lu CPU, %llu MiB, \"%s\", %s initrd", (unsigned long)c.CPUCount,
             (unsigned long long)(c.memorySize / MiB), loader.commandLine.UTF8String,
             loader.initialRamdiskURL != nil ? "an" : "no");
    fake_log("console: %s", kind(c.serialPorts));
    fake_log("entropy: %s", kind(c.entropyDevices));
    fake_log("keyboard: %s", kind(c.keyboards));
    fake_log("pointer: %s", kind(c.pointingDevices));
    if (c.graphicsDevices.count == 0)
        fake_log("gpu: none");
    for (NSUInteger i = 0; i < c.graphicsDevices.count; i++) {
        VZVirtioGraphicsDeviceConfiguration *gpu = (id)c.graphicsDevices[i];

        fake_log("gpu: %ldx%ld", (long)gpu.scanouts[0].widthInPixels,
                 (long)gpu.scanouts[0].heightInPixels);
    }
}

static void user_or_end(void);

/* ---- The machine: a process ------------------------------------------------------------------ */

/* Becomes $VZ_MACHINE. Of our descriptors it gets the console's and the user's, as Apple's process
 * gets copies of those in the attachment. */
static void become(VZVirtualMachineConfiguration *c, int user)
{
    VZFileHandleSerialPortAttachment *a = (id)c.serialPorts[0].attachment;
    VZLinuxBootLoader *loader = (VZLinuxBootLoader *)c.bootLoader;
    VZVirtioGraphicsDeviceConfiguration *gpu = (id)(c.graphicsDevices.count > 0
                                                    ? c.graphicsDevices[0] : nil);
    const char *log = getenv("VZ_LOG");
    char memory[32], size[32];
    const char *argv[24] = { "sh", "-c", getenv("VZ_MACHINE"), "machine",
                             loader.kernelURL.fileSystemRepresentation,
                             "--append", loader.commandLine.UTF8String, "--mem", memory };
    int n = 9;

    snprintf(memory, sizeof memory, "%llu", (unsigned long long)(c.memorySize / MiB));
    if (gpu != nil) {
        snprintf(size, sizeof size, "%ldx%ld", (long)gpu.scanouts[0].widthInPixels,
                 (long)gpu.scanouts[0].heightInPixels);
        argv[n++] = "--size";
        argv[n++] = size;
    } else {
        argv[n++] = "--display";
        argv[n++] = "none";
    }
    if (loader.initialRamdiskURL != nil) {
        argv[n++] = "--initrd";
        argv[n++] = loader.initialRamdiskURL.fileSystemRepresentation;
    }
    dup2(a.fileHandleForReading.fileDescriptor, 0);
    dup2(a.fileHandleForWriting.fileDescriptor, 1);
    dup2(open(log != NULL ? log : "/dev/null", O_WRONLY | O_APPEND), 2);
    dup2(user, 3);
    for (int fd = 4; fd < 256; fd++)
        close(fd);
    signal(SIGPIPE, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execvp("sh", (char *const *)(uintptr_t)argv);
    _exit(127);
}

/* There is one. */
static VZVirtualMachine *running;
static pid_t             child;
static int               user_says;

@implementation VZVirtualMachine {
    VZVirtualMachineConfiguration *c;
    void (^stopped)(NSError *);
}
@synthesize state;

+ (BOOL)isSupported
{
    return !fake_is("unsupported");
}

- (instancetype)initWithConfiguration:(VZVirtualMachineConfiguration *)configuration
{
    return [self initWithConfiguration:configuration queue:dispatch_get_main_queue()];
}

- (instancetype)initWithConfiguration:(VZVirtualMachineConfiguration *)configuration
                                queue:(dispatch_queue_t)queue
{
    if (!configuration->valid)
        fake_abort("a configuration that was not validated: initWithConfiguration: throws");
    if ((self = [super init]))
        c = configuration;
    return self;
}

- (BOOL)canStart
{
    fake_must_be_main("canStart");
    return state == VZVirtualMachineStateStopped;
}

- (BOOL)canStop
{
    fake_must_be_main("canStop");
    return state == VZVirtualMachineStateRunning
        || (state == VZVirtualMachineStateStopping && fake_is("stop-hangs"));   /* is it Apple's? */
}

- (BOOL)requestStopWithError:(NSError **)error
{
    fake_must_be_main("requestStopWithError:");
    fake_log("the power button is pressed, and the guest has no driver for it");
    return YES;
}

/* An Image has "ARM\x64" at byte 56. */
- (bool)loads
{
    FILE *f = fopen(((VZLinuxBootLoader *)c.bootLoader).kernelURL.fileSystemRepresentation, "rb");
    char head[64] = "";
    bool image = f != NULL && fread(head, 1, sizeof head, f) == sizeof head
              && memcmp(head + 56, "ARM\x64", 4) == 0;

    if (f != NULL)
        fclose(f);
    return image && !fake_is("start-fails");
}

- (void)startWithCompletionHandler:(void (^)(NSError *))handler
{
    fake_must_be_main("startWithCompletionHandler:");
    if (!self.canStart)
        fake_abort("a machine that is not stopped is started");
    state = VZVirtualMachineStateStarting;
    dispatch_async(dispatch_get_main_queue(), ^{
        if ([self loads]) {
            [self run];
            handler(nil);
        } else {
            self->state = VZVirtualMachineStateStopped;
            handler(error_of(VZErrorInternal, "Internal Virtualization error. "
                             "The virtual machine failed to start."));
        }
    });
}

- (void)run
{
    int ends[2];

    describe(c);
    fake_describe_screen();
    if (pipe(ends) != 0)
        abort();
    child = fork();
    if (child == 0) {
        setpgid(0, 0);
        become(c, ends[1]);
    }
    setpgid(child, child);
    close(ends[1]);
    user_says = ends[0];
    running = self;
    state = VZVirtualMachineStateRunning;
    fake_watch(user_says, user_or_end);
}

- (void)stopWithCompletionHandler:(void (^)(NSError *))handler
{
    fake_must_be_main("stopWithCompletionHandler:");
    if (state != VZVirtualMachineStateRunning)
        fake_abort("a machine that does not run is stopped");
    state = VZVirtualMachineStateStopping;
    stopped = handler;
    fake_log("the machine is stopped");
    if (!fake_is("stop-hangs"))
        kill(-child, SIGTERM);
}

/* How the process ended tells how the guest did: 0 is powering off. */
- (void)ended:(int)status
{
    id<VZVirtualMachineDelegate> to = self.delegate;
    void (^handler)(NSError *) = stopped;

    if (state == VZVirtualMachineStateStopping) {
        state = VZVirtualMachineStateStopped;
        handler(nil);
    } else if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        state = VZVirtualMachineStateStopped;
        if (runtime_responds((__bridge void *)to, "guestDidStopVirtualMachine:"))
            [to guestDidStopVirtualMachine:self];
    } else {
        state = VZVirtualMachineStateError;
        if (runtime_responds((__bridge void *)to, "virtualMachine:didStopWithError:"))
            [to virtualMachine:self
                didStopWithError:error_of(VZErrorInternal, "Internal Virtualization error. "
                                          "The virtual machine stopped unexpectedly.")];
    }
}
@end

/* The machine plays the user; when nobody can write any more, it has ended. */
static void user_or_end(void)
{
    static char line[200];
    static size_t length;
    int status = 0;

    if (read(user_says, line + length, 1) == 1) {
        if (line[length] != '\n') {
            length += length < sizeof line - 1;
            return;
        }
        line[length] = 0;
        length = 0;
        fake_user(line);
        return;
    }
    fake_watch(-1, NULL);
    close(user_says);
    waitpid(child, &status, 0);
    [running ended:status];
}
