def register_pernet_subsys(kernel, ops):
    kernel.pernet_list.append(ops)
    for net in kernel.net_namespace_list:
        if ops.init is not None:
            ops.init(net)


def register_pernet_device(kernel, ops):
    if kernel.first_device is None:
        kernel.first_device = ops
    register_pernet_subsys(kernel, ops)
