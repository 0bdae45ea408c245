from dataclasses import dataclass

from lomodel.linux.include.linux.netdevice import netdev_get_wanted_features


@dataclass
class Device:
    hw_features: int
    wanted_features: int
    features: int


def wish(hw, wanted, features, valid, requested):
    """What becomes of the wish when switches are turned, and what is to be on."""
    wanted = (wanted & ~(valid & hw)) | (requested & valid & hw)
    return wanted, netdev_get_wanted_features(Device(hw, wanted, features))
