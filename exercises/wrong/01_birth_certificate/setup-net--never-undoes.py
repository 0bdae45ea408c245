def setup_net(net):
    for ops in net.machine.pernet_list:
        if ops.init is not None:
            ops.init(net)
    net.machine.net_namespace_list.append(net)
