def setup_net(net):
    kept = []
    for ops in net.machine.pernet_list:
        try:
            if ops.init is not None:
                ops.init(net)
        except OSError:
            for each in reversed(kept):
                if each.exit is not None:
                    each.exit(net)
            raise
        kept.append(ops)
    net.machine.net_namespace_list.append(net.name)
