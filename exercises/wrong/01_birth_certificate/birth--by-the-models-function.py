from lomodel.linux.drivers.net import loopback


def net_init(net):
    loopback.loopback_net_init(net)
