def setup_net(net):
    net.machine.net_namespace_list.append(net)
    kept = []
    for ops in net.machine.pernet_list:
        try:
            if ops.init is not None:
                ops.init(net)
        except OSError:
            for each in reversed(kept):
                if each.exit is not None:
                    each.exit(net)
            net.machine.net_namespace_list.remove(net)
            raise
        kept.append(ops)
