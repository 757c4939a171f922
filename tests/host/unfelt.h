/* Duties whose breach no device can feel, by the reason; for test_violations.c. */
{ "what a driver makes of what it has read: the device is not told",
  "INIT-07 INIT-14 INIT-16 INIT-17 INIT-20 SPLIT-10 SPLIT-11 SPLIT-14 EVIDX-02 PCI-01 PCI-02 "
  "PCI-03 PCI-07 PCI-09 PCI-10 PCI-12 PCI-28 PCI-30 PCI-38 MMIO-08 MMIO-09 MMIO-11 MMIO-17 "
  "INF-INIT-05 INF-INIT-06 INF-INIT-08 INF-INIT-10 INF-QUEUE-01 INF-SPLIT-16 INF-SPLIT-18 "
  "INF-EVIDX-02 INF-EVIDX-04 INF-PCI-01 INF-PCI-02 INF-PCI-03 INF-PCI-04 INF-PCI-05 INF-PCI-06 "
  "INF-PCI-18 INF-PCI-19 INF-PCI-21 INF-PCI-23 INF-PCI-30 INF-PCI-35 INF-PCI-36 INF-PCI-42 "
  "INF-PCI-43 INF-PCI-44 INF-PCI-46 INF-PCI-47 INF-PCI-48 INF-PCI-52 INF-MMIO-07 INF-MMIO-16 "
  "INF-CONSOLE-09 INF-CONSOLE-10 INF-GPU-26 INF-GPU-27 INF-GPU-28 INF-GPU-32 INF-GPU-49" },
{ "a driver that does not look or does not act: the device waits, or is asked for less",
  "INIT-13 SPLIT-16 EVIDX-03 MMIO-22 MMIO-23 MMIO-28 MMIO-30 INF-SPLIT-29 INF-EVIDX-05 INF-PCI-08 "
  "INF-PCI-09 INF-PCI-10 INF-PCI-22 INF-PCI-29 INF-PCI-32 INF-CONSOLE-05 INF-GPU-19" },
{ "order in memory: what a device sees then is any content of rings and buffers, and "
  "tests/fuzz/test_race.sh rewrites both while it reads",
  "SPLIT-17 SPLIT-18 INIT-51 INF-SPLIT-23 INF-SPLIT-24 INF-SPLIT-28 INF-SPLIT-30 INF-GPU-18" },
{ "of a feature that our devices do not offer: who accepts it all the same is INIT-05's",
  "SPLIT-06 SPLIT-07 INDIR-05 INIT-39 INIT-43 INIT-53 PCI-15 PCI-25 PCI-35 PCI-36 PCI-37 MMIO-20 "
  "CONSOLE-03 CONSOLE-05 CONSOLE-06 INF-QUEUE-04 INF-QUEUE-05 INF-SPLIT-12 INF-SPLIT-19 "
  "INF-CONSOLE-06 INF-CONSOLE-07 INF-CONSOLE-11 INF-CONSOLE-12 INF-CONSOLE-13 INF-CONSOLE-14 "
  "INF-CONSOLE-15 INF-CONSOLE-16" },
{ "of an interface that our devices do not have: legacy, 8-bit fields, an IOMMU, shared memory",
  "MMIO-05 INIT-47 INF-PCI-28 INF-MMIO-08" },
{ "another byte order, place or content of what is written: one of the other rows, or plain text",
  "INF-INIT-01 INF-SPLIT-25 INF-EVIDX-03 INF-MMIO-01 INF-MMIO-02 INF-CONSOLE-08" },
