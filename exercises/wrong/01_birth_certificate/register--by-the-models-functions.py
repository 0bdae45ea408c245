from lomodel.linux.net.core.net_namespace import register_pernet_device, register_pernet_subsys
