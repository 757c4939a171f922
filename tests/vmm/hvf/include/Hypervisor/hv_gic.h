/* hv_gic.h - the interrupt controller that the framework has since macOS 15: what our VMMs use. */
#ifndef HVF_SHIM_HV_GIC_H
#define HVF_SHIM_HV_GIC_H

typedef struct hv_gic_config_s *hv_gic_config_t;        /* an OS object: os_release() ends it */

hv_gic_config_t hv_gic_config_create(void);
hv_return_t hv_gic_config_set_distributor_base(hv_gic_config_t config, hv_ipa_t base);
hv_return_t hv_gic_config_set_redistributor_base(hv_gic_config_t config, hv_ipa_t base);
hv_return_t hv_gic_create(hv_gic_config_t config);
hv_return_t hv_gic_set_spi(uint32_t intid, bool level);

#endif
