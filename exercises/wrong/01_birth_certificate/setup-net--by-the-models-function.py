from lomodel.linux.net.core import net_namespace


def setup_net(net):
    net_namespace.setup_net(net)
