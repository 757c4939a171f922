/* hv_gic.h - the interrupt controller that the framework has since macOS 15: what our VMMs use. */
#ifndef HVF_SHIM_HV_GIC_H
#define HVF_SHIM_HV_GIC_H

#define SINCE_MACOS_15 __attribute__((availability(macos, introduced=15.0)))

typedef struct hv_gic_config_s *hv_gic_config_t;        /* an OS object: os_release() ends it */

SINCE_MACOS_15 hv_gic_config_t hv_gic_config_create(void);
SINCE_MACOS_15 hv_return_t hv_gic_config_set_distributor_base(hv_gic_config_t config,
                                                              hv_ipa_t base);
SINCE_MACOS_15 hv_return_t hv_gic_config_set_redistributor_base(hv_gic_config_t config,
                                                                hv_ipa_t base);
SINCE_MACOS_15 hv_return_t hv_gic_create(hv_gic_config_t config);
SINCE_MACOS_15 hv_return_t hv_gic_set_spi(uint32_t intid, bool level);

#endif
