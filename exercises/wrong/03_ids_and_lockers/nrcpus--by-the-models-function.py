from lomodel.linux.kernel.smp import nrcpus
