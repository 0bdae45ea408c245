def register_pernet_subsys(kernel, ops):
    place = len(kernel.pernet_list)
    if kernel.first_device is not None:
        place = kernel.pernet_list.index(kernel.first_device)
    kernel.pernet_list.insert(place, ops)
    keep(kernel, ops)


def register_pernet_device(kernel, ops):
    kernel.first_device = ops
    kernel.pernet_list.append(ops)
    keep(kernel, ops)


def keep(kernel, ops):
    for net in kernel.net_namespace_list:
        if ops.init is not None:
            ops.init(net)
