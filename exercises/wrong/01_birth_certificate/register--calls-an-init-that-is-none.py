def register_pernet_subsys(kernel, ops):
    place = len(kernel.pernet_list)
    if kernel.first_device is not None:
        place = kernel.pernet_list.index(kernel.first_device)
    kernel.pernet_list.insert(place, ops)
    for net in kernel.net_namespace_list:
        ops.init(net)


def register_pernet_device(kernel, ops):
    if kernel.first_device is None:
        kernel.first_device = ops
    kernel.pernet_list.append(ops)
    for net in kernel.net_namespace_list:
        ops.init(net)
