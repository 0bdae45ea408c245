from lomodel.linux.drivers.net.loopback import loopback_net_ops


def net_init(net):
    loopback_net_ops.init(net)
