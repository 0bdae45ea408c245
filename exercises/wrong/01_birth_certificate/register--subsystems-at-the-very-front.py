def register_pernet_subsys(kernel, ops):
    kernel.pernet_list.insert(0, ops)
    keep(kernel, ops)


def register_pernet_device(kernel, ops):
    if kernel.first_device is None:
        kernel.first_device = ops
    kernel.pernet_list.append(ops)
    keep(kernel, ops)


def keep(kernel, ops):
    for net in kernel.net_namespace_list:
        if ops.init is not None:
            ops.init(net)
